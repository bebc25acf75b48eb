package runtimemetrics

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
)

const (
	defaultPort   = "8125"
	defaultSocket = "/var/run/datadog/dsd.socket"

	udpSize    = 1432
	socketSize = 8192
)

// address is where a process's metrics go, and how large a datagram may be.
type address struct {
	network, host string
	size          int
}

// addressOf resolves the settings of a process as ddtrace does: a URL, else host
// and port, else the usual socket where there is one.
func addressOf(set map[string]string) (address, error) {
	if text := set["DD_DOGSTATSD_URL"]; text != "" {
		return parseAddress(text)
	}
	host, port := set["DD_DOGSTATSD_HOST"], set["DD_DOGSTATSD_PORT"]
	if host == "" {
		host = set["DD_AGENT_HOST"]
	}
	if host == "" && port == "" {
		if _, err := os.Stat(defaultSocket); err == nil {
			return address{"unixgram", defaultSocket, socketSize}, nil
		}
	}
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = defaultPort
	}
	return address{"udp", net.JoinHostPort(strings.Trim(host, "[]"), port), udpSize}, nil
}

func parseAddress(text string) (address, error) {
	if !strings.Contains(text, "://") {
		if strings.HasPrefix(text, "/") {
			text = "unix://" + text
		} else {
			text = "udp://" + text
		}
	}
	u, err := url.Parse(text)
	if err != nil {
		return address{}, fmt.Errorf("DogStatsD URL %q: %w", text, err)
	}
	switch u.Scheme {
	case "unix", "unixgram":
		if u.Path == "" {
			return address{}, fmt.Errorf("DogStatsD URL %q: no path of a socket", text)
		}
		return address{"unixgram", u.Path, socketSize}, nil
	case "udp", "http", "":
		if u.Hostname() == "" {
			return address{}, fmt.Errorf("DogStatsD URL %q: no host", text)
		}
		port := u.Port()
		if port == "" {
			port = defaultPort
		}
		return address{"udp", net.JoinHostPort(u.Hostname(), port), udpSize}, nil
	}
	return address{}, fmt.Errorf("DogStatsD URL %q: want udp://host:port or unix:///path", text)
}

//go:build !slim

package main

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
)

// listenTCP listens and, when it cannot, says what to do; flag is the option
// that chose the address.
func listenTCP(address, flag, purpose string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("listen on %s for %s: the address is in use, by another hoofprint serve or a Datadog Agent perhaps; stop that, or choose another with %s", address, purpose, flag)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("listen on %s for %s: not permitted; choose a port above 1023 with %s", address, purpose, flag)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("listen on %s for %s: this machine has no such address; choose another with %s", address, purpose, flag)
	}
	return nil, fmt.Errorf("listen on %s for %s: %w; choose another address with %s", address, purpose, err, flag)
}

// isLoopback tells whether only this machine can reach an address.
func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// pageURL is where a browser on this machine finds a listener.
func pageURL(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return a.String()
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(tcp.Port))
}

// pageFor is where a client that reached this host by a name finds the page that
// listens at a; "" where it cannot.
func pageFor(a *net.TCPAddr, host string) string {
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	near := host == "" || host == "localhost" || ip != nil && ip.IsLoopback()
	switch {
	case a == nil, a.IP.IsLoopback() && !near:
		return ""
	case !a.IP.IsUnspecified() || host == "":
		return pageURL(a)
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(a.Port))
}

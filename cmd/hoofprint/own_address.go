//go:build !slim

package main

import (
	"net"
	"net/url"
	"path/filepath"
	"strings"
)

// isOwnAddress tells whether an agent URL that a traced process was given names
// this server, whose intake has these addresses. Such spans need no network.
func isOwnAddress(agentURL string, addresses []string) bool {
	asked, err := url.Parse(agentURL)
	if err != nil {
		return false
	}
	for _, address := range addresses {
		own, err := url.Parse(address)
		if err != nil || own.Scheme != asked.Scheme {
			continue
		}
		if own.Scheme == "unix" {
			if filepath.Clean(own.Path) == filepath.Clean(asked.Path) {
				return true
			}
			continue
		}
		if own.Port() == asked.Port() && sameHost(asked.Hostname(), own.Hostname()) {
			return true
		}
	}
	return false
}

// sameHost tells whether a name or address leads to a listener of this machine.
func sameHost(asked, own string) bool {
	ip := net.ParseIP(own)
	if strings.EqualFold(asked, "localhost") {
		return ip != nil && (ip.IsLoopback() || ip.IsUnspecified())
	}
	to := net.ParseIP(asked)
	if ip == nil || to == nil {
		return false
	}
	return ip.Equal(to) || ip.IsUnspecified() && to.IsLoopback()
}

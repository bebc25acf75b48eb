package stats

import (
	"net/netip"
	"slices"
	"strings"

	"hoofprint/internal/span"
)

const blockedAddress = "blocked-ip-address"

// peers gives the peer tags of a span joined by NUL: all for calls to others,
// else the base service alone.
func peers(s *span.Span, kind, base string, cfg *Config) string {
	outgoing := strings.EqualFold(kind, "client") || strings.EqualFold(kind, "producer") || strings.EqualFold(kind, "consumer")
	if !outgoing {
		if base == "" || len(cfg.PeerTags) == 0 {
			return ""
		}
		return span.KeyBaseService + ":" + base
	}
	var found [8]string
	out := found[:0]
	for i := range s.Tags {
		t := &s.Tags[i]
		if t.Value != "" && slices.Contains(cfg.PeerTags, t.Key) {
			value := t.Value
			if t.Key != span.KeyBaseService {
				value = withoutAddresses(value)
			}
			out = append(out, t.Key+":"+value)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\x00")
}

// withoutAddresses replaces the IP addresses among hosts separated by commas,
// which are of endless variety; each result is told once.
func withoutAddresses(value string) string {
	if !strings.Contains(value, ",") {
		return withoutAddress(value)
	}
	var out []string
	for _, part := range strings.Split(value, ",") {
		if part = withoutAddress(part); !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return strings.Join(out, ",")
}

func withoutAddress(host string) string {
	before, rest := "", host
	if i := strings.Index(rest, "://"); i >= 0 {
		i += 3
		for i < len(rest) && rest[i] == '/' {
			i++
		}
		before, rest = rest[:i], rest[i:]
	}
	if strings.HasPrefix(rest, "ip-") {
		before, rest = before+"ip-", rest[3:]
	}
	if n := len4(rest); n > 0 {
		if usual(strings.NewReplacer("-", ".", "_", ".").Replace(rest[:n])) {
			return host
		}
		return before + blockedAddress + rest[n:]
	}
	if inner, after, ok := strings.Cut(strings.TrimPrefix(rest, "["), "]"); ok && strings.HasPrefix(rest, "[") {
		if a, err := netip.ParseAddr(inner); err == nil && !usual(a.String()) {
			return before + blockedAddress + after
		}
		return host
	}
	if a, err := netip.ParseAddr(rest); err == nil && !usual(a.String()) {
		return before + blockedAddress
	}
	return host
}

// usual addresses say what they are: this host, and the metadata services of clouds.
func usual(address string) bool {
	switch address {
	case "127.0.0.1", "::1", "169.254.169.254", "fd00:ec2::254", "169.254.170.2":
		return true
	}
	return false
}

// len4 is the length of an IPv4 address, written with dots, dashes or
// underscores, that s begins with; 0 without one.
func len4(s string) int {
	var separator byte
	i := 0
	for part := range 4 {
		if part > 0 {
			if i == len(s) || s[i] != '.' && s[i] != '-' && s[i] != '_' || part > 1 && s[i] != separator {
				return 0
			}
			separator = s[i]
			i++
		}
		n, digits := 0, 0
		for i < len(s) && s[i] >= '0' && s[i] <= '9' && digits < 3 {
			n = 10*n + int(s[i]-'0')
			i++
			digits++
		}
		if digits == 0 || n > 255 {
			return 0
		}
	}
	if i == len(s) || s[i] == ':' || s[i] == '/' || separator != '.' && s[i] == '.' {
		return i
	}
	return 0
}

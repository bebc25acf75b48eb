package query

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"hoofprint/internal/span"
)

// ParseNumber reads a plain decimal number, as in 5, -0.25 or 1e3.
func ParseNumber(s string) (float64, bool) {
	if s == "" || len(s) > 40 {
		return 0, false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return 0, false // no hex, Inf, NaN or underscores
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

// FormatNumber writes a metric the way it is typed in a search.
func FormatNumber(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatInt(int64(v), 10)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

var units = [...]struct {
	suffix string
	ns     float64
}{
	{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"μs", 1e3}, {"ms", 1e6},
	{"s", 1e9}, {"m", 60e9}, {"min", 60e9}, {"h", 3600e9}, {"d", 86400e9},
}

// parseDuration reads 20ms, 1.5s, or a number of ns, into ns.
func parseDuration(s string) (float64, bool) {
	end := len(s)
	for end > 0 && (s[end-1] < '0' || s[end-1] > '9') && s[end-1] != '.' {
		end--
	}
	v, ok := ParseNumber(s[:end])
	if !ok {
		return 0, false
	}
	if end == len(s) {
		return v, true
	}
	for _, u := range units {
		if s[end:] == u.suffix {
			return v * u.ns, true
		}
	}
	return 0, false
}

// parseTime reads RFC 3339 or a number of ns since 1970, into Unix ns.
func parseTime(s string) (float64, bool) {
	if v, ok := ParseNumber(s); ok {
		return v, true
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return 0, false
	}
	return float64(t.UnixNano()), true
}

// parseTraceID normalises an id to 32 hex digits, or to 16 for a 64-bit id,
// which matches the lower half of any trace id.
func parseTraceID(s string) (string, bool) {
	id, err := span.ParseTraceID(strings.ToLower(s))
	if err != nil {
		return "", false
	}
	if len(s) == 32 {
		return id.String(), true
	}
	return fmt.Sprintf("%016x", id.Low), true
}

// parseSpanID normalises an id to 16 hex digits. Sixteen digits are hex, other
// plain digits decimal.
func parseSpanID(s string) (string, bool) {
	base := 10
	if len(s) == 16 {
		base = 16
	}
	v, err := strconv.ParseUint(s, base, 64)
	if err != nil {
		if v, err = strconv.ParseUint(s, 16, 64); err != nil {
			return "", false
		}
	}
	return fmt.Sprintf("%016x", v), true
}

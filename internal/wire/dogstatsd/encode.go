// Package dogstatsd writes metrics as DogStatsD datagrams.
package dogstatsd

import (
	"math"
	"strconv"
	"strings"
)

// Type of a metric.
type Type byte

// The types that are written here.
const (
	Gauge        Type = 'g'
	Distribution Type = 'd'
)

// Metric is one value.
type Metric struct {
	Name  string
	Value float64
	Type  Type
	// Whole: the value is a count, written without a point.
	Whole bool
}

// Encode writes metrics that share their tags into datagrams of at most size
// bytes; one that has no room by itself is left out. Values that are no numbers
// are, too.
func Encode(metrics []Metric, tags []string, size int) [][]byte {
	suffix := Suffix(tags)
	var out [][]byte
	var datagram []byte
	for _, m := range metrics {
		if math.IsNaN(m.Value) || math.IsInf(m.Value, 0) {
			continue
		}
		line := clean(m.Name, ":|@#\n") + ":" + number(m.Value, m.Whole) + "|" + string(m.Type) + suffix + "\n"
		if len(line) > size {
			continue
		}
		if len(datagram)+len(line) > size {
			out = append(out, datagram)
			datagram = nil
		}
		datagram = append(datagram, line...)
	}
	if len(datagram) > 0 {
		out = append(out, datagram)
	}
	return out
}

// Suffix is what tags add to a line, "" for none.
func Suffix(tags []string) string {
	if len(tags) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("|#")
	for i, tag := range tags {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(clean(tag, ",|\n"))
	}
	return b.String()
}

// clean replaces what would end a field of the protocol.
func clean(text, separators string) string {
	if !strings.ContainsAny(text, separators) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(separators, r) {
			return '_'
		}
		return r
	}, text)
}

// number is written as Python writes it, in which ddtrace sends its own.
func number(value float64, whole bool) string {
	if whole {
		return strconv.FormatFloat(math.Trunc(value), 'f', 0, 64)
	}
	text := strconv.FormatFloat(value, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

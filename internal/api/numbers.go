package api

import (
	"math"
	"strconv"
	"time"

	"hoofprint/internal/query"
)

// millis is a time in Unix ns that JSON shows as Unix ms, exact to the
// microsecond.
type millis int64

func (m millis) MarshalJSON() ([]byte, error) {
	micros := int64(m) / 1000
	if micros < 0 {
		return strconv.AppendFloat(nil, float64(micros)/1000, 'f', -1, 64), nil
	}
	out := strconv.AppendInt(nil, micros/1000, 10)
	if rest := micros % 1000; rest != 0 {
		out = append(out, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
		for out[len(out)-1] == '0' {
			out = out[:len(out)-1]
		}
	}
	return out, nil
}

// hexID writes a span id as 16 hex digits.
func hexID(id uint64) string {
	const digits = "0123456789abcdef"
	var b [16]byte
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = digits[id&15]
		id >>= 4
	}
	return string(b[:])
}

// perSecond is a count over a time in ns as a rate.
func perSecond(count, ns int64) float64 {
	if ns <= 0 {
		return 0
	}
	return float64(count) / (float64(ns) / float64(time.Second))
}

func share(part, whole int64) float64 {
	if whole <= 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// jsonValue makes text of the numbers that JSON lacks.
func jsonValue(v any) any {
	switch v := v.(type) {
	case float64:
		if !isFinite(v) {
			return query.FormatNumber(v)
		}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = jsonValue(v[i])
		}
		return out
	}
	return v
}

package span

import (
	"fmt"
	"strconv"
)

// TraceID is a 128-bit trace id. High is 0 for clients with 64-bit ids.
type TraceID struct{ High, Low uint64 }

// IsZero tells whether no id was given.
func (t TraceID) IsZero() bool { return t.High == 0 && t.Low == 0 }

// String gives the 32 lower-case hex digits under which users know a trace.
func (t TraceID) String() string { return fmt.Sprintf("%016x%016x", t.High, t.Low) }

// ParseTraceID reads 32 or 16 hex digits, or a decimal 64-bit id as found in
// logs of older clients (recognised by its length, which is neither).
func ParseTraceID(s string) (TraceID, error) {
	switch len(s) {
	case 32:
		high, err := strconv.ParseUint(s[:16], 16, 64)
		if err != nil {
			return TraceID{}, fmt.Errorf("trace id %q: not hexadecimal", s)
		}
		low, err := strconv.ParseUint(s[16:], 16, 64)
		if err != nil {
			return TraceID{}, fmt.Errorf("trace id %q: not hexadecimal", s)
		}
		return TraceID{high, low}, nil
	case 16:
		low, err := strconv.ParseUint(s, 16, 64)
		if err != nil {
			return TraceID{}, fmt.Errorf("trace id %q: not hexadecimal", s)
		}
		return TraceID{0, low}, nil
	}
	low, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return TraceID{}, fmt.Errorf("trace id %q: want 32 or 16 hex digits or a decimal number", s)
	}
	return TraceID{0, low}, nil
}

package wiretest

import (
	"bytes"
	"testing"
)

// Stable fails the test unless what was decoded from b, if it can be, is decoded
// and encoded again to the same bytes.
func Stable[T any](t *testing.T, b []byte, decode func([]byte) (T, error), encode func([]byte, T) []byte) {
	t.Helper()
	first, err := decode(b)
	if err != nil {
		return
	}
	again := encode(nil, first)
	second, err := decode(again)
	if err != nil {
		t.Fatalf("own payload refused: %v", err)
	}
	if third := encode(nil, second); !bytes.Equal(again, third) {
		t.Fatalf("not stable:\n%x\n%x", again, third)
	}
}

package v05

import (
	"flag"
	"testing"

	"hoofprint/internal/wire/wiretest"
)

var update = flag.Bool("update", false, "write the golden files")

// The payloads were captured with go test ./e2e/ddtrace -capture.
func TestPayloadsOfTheUnmodifiedTracer(t *testing.T) {
	for file, chunks := range wiretest.Golden(t, *update, Decode) {
		again, err := Decode(Append(nil, chunks))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for i := range chunks {
			wiretest.SameChunk(t, again[i], chunks[i])
		}
	}
}

package v05

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"hoofprint/internal/span"
)

// Numbers go by text, whatever the addresses: parts of one string begin at the
// same one, and equal strings lie at several. More strings than are remembered
// by address push each other out.
func TestStringsAreNumberedByText(t *testing.T) {
	long := "GET /users/42"
	var spans []span.Span
	for i := range 3 * seenStrings {
		s := span.Span{TraceID: span.TraceID{Low: 1}, ID: uint64(i + 1), Service: long[:3], Name: long[:10], Resource: long, Type: strings.Clone("web")}
		s.Tags = []span.Tag{{Key: strings.Clone(long[:3]), Value: fmt.Sprint("v", i%400)}, {Key: "empty", Value: long[:0]}}
		spans = append(spans, s)
	}
	var e Encoder
	chunks := []span.Chunk{{Priority: 1, Spans: spans}}
	first := e.Append(nil, chunks)
	if !bytes.Equal(first, e.Append(nil, chunks)) {
		t.Fatal("the second payload of an encoder differs from its first")
	}
	got, err := Decode(first)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range got[0].Spans {
		want := &spans[i]
		v, _ := s.Tag("GET")
		if s.Service != want.Service || s.Name != want.Name || s.Resource != want.Resource || s.Type != want.Type || v != want.Tags[0].Value {
			t.Fatalf("span %d came back as %+v", i, s)
		}
	}
}

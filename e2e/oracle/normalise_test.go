package oracle

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/DataDog/datadog-agent/pkg/trace/traceutil/normalize"

	"hoofprint/internal/pipeline"
	"hoofprint/internal/span"
)

// pieces of names, chosen to meet each rule.
var pieces = []string{"a", "Z", "web", "9", ".", "_", "-", "/", ":", " ", "__", "._", "é", "É", "ſ", "日本", "\U0001f40e", "\xff", "\ufffd", "!",
	"٣", strings.Repeat("x", 40), strings.Repeat("é", 60), strings.Repeat("!", 150)}

func TestNamesAreNormalisedAsByTheAgent(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var got span.Span
	p := pipeline.New(func(_ context.Context, spans []span.Span) error {
		got = spans[0]
		return nil
	})
	for range 100_000 {
		var b strings.Builder
		for range r.IntN(9) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		in := b.String()
		s := span.Span{TraceID: span.TraceID{Low: 1}, ID: 1, Start: 1_700_000_000_000_000_000, Service: in, Name: in, Resource: in,
			Tags: []span.Tag{{Key: "env", Value: in}, {Key: "peer.service", Value: in}, {Key: "_dd.base_service", Value: in}}}
		err := p.Process(context.Background(), span.Payload{Client: span.Client{Lang: "python"}, Chunks: []span.Chunk{{Spans: []span.Span{s}}}})
		if err != nil {
			t.Fatal(err)
		}
		same := func(what, got, want string) {
			t.Helper()
			if got != want {
				t.Fatalf("%s of %q: %q, the agent makes %q", what, in, got, want)
			}
		}
		service, _ := normalize.NormalizeService(in, "python")
		same("service", got.Service, service)
		name, _ := normalize.NormalizeName(in)
		same("name", got.Name, name)
		env, _ := got.Tag("env")
		same("env", env, normalize.NormalizeTagValue(in))
		peer, _ := normalize.NormalizePeerService(in)
		v, _ := got.Tag("peer.service")
		same("peer service", v, peer)
		v, _ = got.Tag("_dd.base_service")
		same("base service", v, peer)
	}
}

// Package wiretest makes payloads for the tests of the wire formats.
package wiretest

import (
	"fmt"
	"math/rand/v2"

	"hoofprint/internal/span"
)

// Chunks makes chunks in the form in which decoders give them: priority and
// origin stand in the spans as well, and attributes are sorted as in JSON. All that
// the formats can carry occurs; structs only when asked for.
func Chunks(seed uint64, structs bool) []span.Chunk {
	r := rand.New(rand.NewPCG(seed, 1))
	chunks := make([]span.Chunk, 1+r.IntN(4))
	for i := range chunks {
		chunks[i] = chunk(r, structs)
	}
	return chunks
}

func chunk(r *rand.Rand, structs bool) span.Chunk {
	trace := span.TraceID{Low: r.Uint64() | 1}
	if r.IntN(4) > 0 {
		trace.High = (r.Uint64() >> 33) << 32 // 0 in the low half, as clients do
	}
	c := span.Chunk{Priority: span.PriorityNone, Spans: make([]span.Span, 1+r.IntN(6))}
	for i := range c.Spans {
		s := &c.Spans[i]
		*s = span.Span{
			TraceID:  trace,
			ID:       r.Uint64() | 1,
			Start:    1_700_000_000_000_000_000 + r.Int64N(1e15),
			Duration: r.Int64N(1e10),
			Name:     pick(r, "flask.request", "sqlite.query", "", "naïve"),
			Service:  pick(r, "web", "db", ""),
			Resource: pick(r, "GET /", "SELECT 1", "", "\U0001f40e"),
			Type:     pick(r, "web", "sql", ""),
			Error:    r.Int32N(2),
		}
		if i > 0 {
			s.ParentID = c.Spans[r.IntN(i)].ID
		}
		for n := r.IntN(12); n > 0; n-- {
			s.SetTag(key(r), pick(r, "", "prod", "1.2.3", "täg", "long long long long long long long long value"))
		}
		for n := r.IntN(5); n > 0; n-- {
			s.SetMetric(fmt.Sprintf("number.%d", r.IntN(40)), pick(r, 0, 1, -1.5, 1e300, float64(r.Int32())))
		}
		for n := r.IntN(8) - 5; n > 0; n-- {
			s.Links = append(s.Links, link(r))
		}
		for n := r.IntN(8) - 5; n > 0; n-- {
			s.Events = append(s.Events, event(r))
		}
		if structs && r.IntN(4) == 0 {
			s.Structs = []span.Struct{{Key: "_llmobs", Value: []byte{0x81, 0xa1, 'a', 1}}, {Key: "appsec", Value: []byte{0xc0}}}
		}
	}
	if r.IntN(3) > 0 {
		c.Priority = int8(r.IntN(4) - 1)
		c.Spans[0].SetMetric(span.KeySamplingPriority, float64(c.Priority))
	}
	if r.IntN(3) == 0 {
		c.Origin = pick(r, "rum", "lambda")
		c.Spans[0].SetTag(span.KeyOrigin, c.Origin)
	}
	return c
}

func link(r *rand.Rand) span.Link {
	l := span.Link{TraceID: span.TraceID{High: r.Uint64N(2) * r.Uint64(), Low: r.Uint64()}, SpanID: r.Uint64()}
	if r.IntN(2) == 0 {
		l.Attributes = []span.Tag{{Key: "a\"b", Value: "x<y>\u2028"}, {Key: "reason", Value: "terminated_context"}}
		l.TraceState = "dd=s:1;p:00"
		l.Flags = 1 | r.Uint32N(2)<<31
	}
	return l
}

func event(r *rand.Rand) span.Event {
	e := span.Event{Time: r.Int64(), Name: pick(r, "exception", "", "tick")}
	if r.IntN(2) == 0 {
		e.Attributes = []span.Attribute{
			{Key: "array", Value: []any{"s", true, int64(-4), 0.5}},
			{Key: "bool", Value: r.IntN(2) == 0},
			{Key: "float", Value: pick(r, 2.0, -0.25, 1e21, 3e-9)},
			{Key: "int", Value: r.Int64()},
			{Key: "none", Value: []any{}},
			{Key: "text", Value: pick(r, "", "naïve \"quoted\"\n")},
		}
	}
	return e
}

func key(r *rand.Rand) string { return fmt.Sprintf("key.%d", r.IntN(40)) }

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

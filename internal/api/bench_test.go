package api

import (
	"context"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"hoofprint/internal/span"
	"hoofprint/internal/store/parquet"
)

// BenchmarkQuestions asks the embedded store with 200,000 spans of one hour, and
// for a trace of 10,000.
func BenchmarkQuestions(b *testing.B) {
	embedded, err := parquet.Open(b.TempDir(), parquet.Options{Now: func() time.Time { return clock }})
	if err != nil {
		b.Fatal(err)
	}
	defer embedded.Close()
	h := newHarnessOn(b, nil, embedded)
	random := rand.New(rand.NewPCG(1, 2))
	var batch []span.Span
	for i := range 50_000 {
		batch = append(batch, request(i, clock.Add(-time.Hour).UnixNano()+int64(i)*int64(time.Hour)/50_000, random)...)
		if len(batch) > 1000 {
			h.append(batch...)
			batch = batch[:0]
		}
	}
	big := span.TraceID{High: 1, Low: 1}
	for i := range 10_000 {
		batch = append(batch, span.Span{TraceID: big, ID: uint64(i + 1), ParentID: uint64(i / 10), Start: clock.Add(-time.Minute).UnixNano() + int64(i)*1000,
			Duration: 100_000, Service: "shop", Name: "work", Resource: "step", Tags: []span.Tag{{Key: "env", Value: "prod"}, {Key: "component", Value: "loop"}}})
	}
	h.append(batch...)
	if err := embedded.Append(context.Background(), nil); err != nil {
		b.Fatal(err)
	}
	questions := questions()
	questions["trace_10000"] = "trace/" + big.String()
	questions["trace_10000_span"] = "trace/" + big.String() + "/spans/" + hexID(5000)
	questions["spans_all"] = "spans?" + hour
	questions["traces_all"] = "traces?" + hour
	questions["heatmap"] = "heatmap?" + hour
	questions["track"] = "track?" + hour
	questions["facets_text"] = "facets?" + hour + "&q=" + url.QueryEscape("locked")
	delete(questions, "error")
	for name, path := range questions {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if answer, body := h.get("/api/v1/" + path); answer.StatusCode != 200 {
					b.Fatalf("%d %s", answer.StatusCode, body)
				}
			}
		})
	}
}

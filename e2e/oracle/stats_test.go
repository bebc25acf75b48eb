package oracle

import (
	"context"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/DataDog/sketches-go/ddsketch"
	"github.com/DataDog/sketches-go/ddsketch/pb/sketchpb"
	"github.com/DataDog/sketches-go/ddsketch/store"
	"google.golang.org/protobuf/proto"

	"hoofprint/internal/collector"
	"hoofprint/internal/ring"
	"hoofprint/internal/ring/ringtest"
	"hoofprint/internal/sketch"
	"hoofprint/internal/span"
)

// theirs reads a sketch as the Agent does.
func theirs(t *testing.T, b []byte) *ddsketch.DDSketch {
	t.Helper()
	var m sketchpb.DDSketch
	if err := proto.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	s, err := ddsketch.FromProtoWithStoreProvider(&m, store.BufferedPaginatedStoreConstructor)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(math.Abs(a), math.Abs(b)) }

// TestSketchesMeanTheSame: what we write they read as the same quantiles, and the
// other way round, also of another accuracy.
func TestSketchesMeanTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	quantiles := []float64{0, 0.1, 0.5, 0.9, 0.99, 1}
	for round := range 30 {
		var ours sketch.Sketch
		reference, err := ddsketch.LogCollapsingLowestDenseDDSketch(0.01, 2048)
		if err != nil {
			t.Fatal(err)
		}
		var all []float64
		for range 1 + random.IntN(3000) {
			v := math.Floor(math.Exp(random.NormFloat64()*float64(round%4+1) + 15))
			all = append(all, v)
			ours.Add(v, 1)
			if err := reference.Add(v); err != nil {
				t.Fatal(err)
			}
		}
		sort.Float64s(all)
		read := theirs(t, ours.Append(nil))
		if read.GetCount() != ours.Count() {
			t.Fatalf("they count %g, we %g", read.GetCount(), ours.Count())
		}
		b, err := proto.Marshal(reference.ToProto())
		if err != nil {
			t.Fatal(err)
		}
		back, err := sketch.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range quantiles {
			their, err := read.GetValueAtQuantile(q)
			if err != nil || !near(their, ours.Quantile(q)) {
				t.Fatalf("quantile %g: they read %g, we have %g, %v", q, their, ours.Quantile(q), err)
			}
			want := all[int(q*float64(len(all)-1))]
			if got := back.Quantile(q); math.Abs(got-want) > 0.018*want+1 {
				t.Fatalf("quantile %g of theirs: we read %g, it is %g", q, got, want)
			}
		}
	}
}

// TestTheAgentTakesOurStats: the collector, told by the Agent's own /info that it
// may, sends stats that the Agent takes and drops what nobody keeps.
func TestTheAgentTakesOurStats(t *testing.T) {
	r := agent(t)
	dir := t.TempDir()
	w, err := ringtest.Create(dir, 1<<20, ring.Description{Service: "web", Env: "prod", RuntimeID: "0123456789abcdef0123456789abcdef",
		LangVersion: "3.11.7", TracerVersion: "4.16.0", AgentURL: r.Address,
		Settings: map[string]string{"DD_TRACE_STATS_COMPUTATION_ENABLED": "true"}})
	if err != nil {
		t.Fatal(err)
	}
	const traces = 200
	for i := range uint64(traces) {
		id := 10 * (i + 1)
		now := time.Now().UnixNano()
		child := span.Span{TraceID: span.TraceID{High: 7 << 32, Low: id}, ID: id + 1, ParentID: id, Name: "query", Service: "pg", Type: "sql",
			Resource: "SELECT 1", Start: now - 3e6, Duration: 2e6, Error: int32(i % 2),
			Tags:    []span.Tag{{Key: "span.kind", Value: "client"}, {Key: "db.name", Value: "main"}},
			Metrics: []span.Metric{{Key: span.KeyTopLevel, Value: 1}}}
		root := span.Span{TraceID: child.TraceID, ID: id, Name: "request", Service: "web", Type: "web", Resource: "GET /", Start: now - 4e6, Duration: 4e6,
			Tags: []span.Tag{{Key: "_dd.p.dm", Value: "-1"}, {Key: "http.status_code", Value: "200"}, {Key: "span.kind", Value: "server"}},
			Metrics: []span.Metric{{Key: span.KeyTopLevel, Value: 1},
				{Key: span.KeySamplingPriority, Value: float64(i / 2 % 2)}}}
		w.Span(&child, id, 0)
		w.Span(&root, id, ring.FlagLocalRoot|ring.FlagLast)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- collector.New(collector.Config{RunDirs: []string{dir}, SpoolDir: t.TempDir(), FlushInterval: 20 * time.Millisecond,
			Log: slog.New(slog.DiscardHandler)}).Run(ctx)
	}()
	chunks := 0
	for deadline := time.After(30 * time.Second); chunks < traces*3/4; {
		select {
		case p := <-r.Payloads:
			if !p.ComputedStats || !p.ComputedTopLevel {
				t.Fatal("the agent was not told that stats are computed")
			}
			chunks += len(p.Chunks)
		case <-deadline:
			t.Fatalf("%d chunks arrived", chunks)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if chunks != traces*3/4 {
		t.Errorf("%d chunks arrived, want those that are kept or failed: %d", chunks, traces*3/4)
	}
	hits, errors := map[string]uint64{}, map[string]uint64{}
	for len(r.Stats) > 0 {
		s := <-r.Stats
		p := s.Payload
		if p.Service != "web" || p.Env != "prod" || len(p.RuntimeID) != 32 || s.ObfuscationVersion != "1" || s.Lang != "python" {
			t.Errorf("%q %q %q, obfuscation %q, %q", p.Service, p.Env, p.RuntimeID, s.ObfuscationVersion, s.Lang)
		}
		for _, b := range p.Stats {
			if b.Duration != 10e9 || b.Start%10e9 != 0 {
				t.Errorf("bucket %d of %d", b.Start, b.Duration)
			}
			for _, g := range b.Stats {
				hits[g.Name] += g.Hits
				errors[g.Name] += g.Errors
				if n := theirs(t, g.OkSummary).GetCount() + theirs(t, g.ErrorSummary).GetCount(); n != float64(g.Hits) {
					t.Errorf("%s: %d hits, sketches of %g", g.Name, g.Hits, n)
				}
				if g.Name == "query" && (g.Resource != "SELECT ?" || !slices.Equal(g.PeerTags, []string{"db.name:main"}) || g.SpanKind != "client") {
					t.Errorf("%+v", g)
				}
			}
		}
	}
	if hits["request"] != traces || hits["query"] != traces || errors["query"] != traces/2 || errors["request"] != 0 {
		t.Errorf("hits %v, errors %v", hits, errors)
	}
}

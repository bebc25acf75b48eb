package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

// Append stores, and settles now and then: questions then span every place a
// store keeps spans in.
func (s *settled) Append(ctx context.Context, spans []span.Span) error {
	if err := s.Store.Append(ctx, spans); err != nil || s.settle == nil {
		return err
	}
	s.Store = s.settle(s.t, s.Store)
	return nil
}

// RandomSpans makes n spans like those of a few small services, within an hour
// of Epoch. Equal seeds give equal spans.
func RandomSpans(seed uint64, n int) []span.Span {
	r := rand.New(rand.NewPCG(seed, 7))
	out := make([]span.Span, n)
	for i := range out {
		s := &out[i]
		s.TraceID = span.TraceID{High: 0x6740c1e8 << 32, Low: seed<<32 + uint64(i/4)}
		s.ID = seed<<32 + uint64(i) + 1
		s.ParentID = uint64(i) * min(uint64(i%4), 1)
		s.Start = Epoch + int64(i)*int64(time.Hour)/int64(n) + r.Int64N(1e9)
		s.Duration = int64(r.ExpFloat64() * 2e7)
		s.Service = []string{"web", "api", "sqlite", "cron"}[r.IntN(4)]
		s.Name = s.Service + ".request"
		s.Resource = fmt.Sprintf("GET /item/%d", r.IntN(30))
		s.Type = []string{"web", "", "sql"}[r.IntN(3)]
		if r.IntN(20) == 0 {
			s.Error = 1
			s.SetTag("error.message", fmt.Sprintf("Boom number %d in the engine", r.IntN(1000)))
			s.SetTag("error.type", "ValueError")
		}
		s.SetTag("env", []string{"prod", "staging"}[r.IntN(2)])
		s.SetTag("http.status_code", fmt.Sprint(200+100*r.IntN(4)))
		s.SetTag("user.id", fmt.Sprintf("%016x", r.Uint64()))
		s.SetMetric("_dd.top_level", 1)
		s.SetMetric("process_id", float64(r.IntN(3)+100))
		if r.IntN(3) == 0 {
			s.SetMetric("db.row_count", float64(r.IntN(1e6))/4)
		}
		if r.IntN(50) == 0 {
			s.SetTag("rare.tag", "yes")
			s.SetTag("process_id", "text") // the same key as a metric
		}
		if r.IntN(100) == 0 {
			s.SetTag("Env", "other case")
			s.SetTag("duration", "a tag named as an intrinsic")
		}
	}
	return out
}

var questions = []string{
	"", "service:web", "service:web status:error", "-service:web", "service:(web OR api) -env:prod",
	"@user.id:*", "-@rare.tag:*", "@rare.tag:yes", "@process_id:101", "@process_id:*", "@process_id:text",
	"@db.row_count:>100000", "@db.row_count:[10 TO 5000]", "@http.status_code:>=400", "@http.status_code:4?0",
	"duration:>20ms", "duration:<1ms OR duration:>100ms", "boom", "\"number 7\"", "item/7 -boom", "resource:\"GET /item/7\"",
	"resource:*7", "type:\"\"", "type:*", "version:\"\"", "version:*", "@Env:*", "@env:prod", "@duration:*", "@nothing:x",
	"-@nothing:x", "name:w*", "kind:server OR service:cron", "-(service:web OR service:api) status:ok",
}

// randomTree joins some of the questions at random.
func randomTree(r *rand.Rand, depth int) query.Expr {
	if depth == 0 || r.IntN(4) == 0 {
		e, err := query.Parse(questions[r.IntN(len(questions))])
		if err != nil {
			panic(err) // the list is ours
		}
		return e
	}
	switch r.IntN(3) {
	case 0:
		return query.Not{X: randomTree(r, depth-1)}
	case 1:
		return query.Or{randomTree(r, depth-1), randomTree(r, depth-1), randomTree(r, depth-1)}
	}
	return query.And{randomTree(r, depth-1), randomTree(r, depth-1)}
}

var groupings = [][]string{{}, {"service"}, {"status"}, {"service", "@http.status_code"}, {"@process_id"}, {"@rare.tag"},
	{"env", "type"}, {"@user.id"}, {"@db.row_count"}, {"version"}}

// runRandom asks a store and the reference the same questions.
func runRandom(t *testing.T, open func(*testing.T) store.Store, settle func(*testing.T, store.Store) store.Store) {
	ctx := context.Background()
	s := settled{Store: open(t), t: t, settle: settle}
	ref := new(Reference)
	for seed := range uint64(4) {
		spans := RandomSpans(seed, 500)
		to := store.Store(&s)
		if seed == 3 {
			to = s.Store // the last lot stays where it lands first
		}
		if err := to.Append(ctx, spans); err != nil {
			t.Fatal(err)
		}
		if err := ref.Append(ctx, spans); err != nil {
			t.Fatal(err)
		}
	}
	for _, from := range []time.Duration{0, 10 * time.Minute} {
		for _, text := range questions {
			where, err := query.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			r := store.Range{From: Epoch + int64(from), To: Epoch + int64(50*time.Minute), Where: where}
			compare(t, s.Store, ref, text, r)
		}
	}
	r := rand.New(rand.NewPCG(9, 9))
	for range 150 {
		where := randomTree(r, 3)
		q := store.List{Range: store.Range{From: Epoch, To: Epoch + int64(time.Hour), Where: where}, Limit: 30, Columns: []query.Field{}}
		got, err := collect(s.Store, q)
		want, _ := collect(ref, q)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("list %s: %v, %d spans, want %d", query.String(where), err, len(got), len(want))
		}
		g, err := s.Store.Group(ctx, store.Group{Range: q.Range})
		wantG, _ := ref.Group(ctx, store.Group{Range: q.Range})
		if err != nil || g.Total != wantG.Total {
			t.Errorf("count %s: %+v, %v, want %+v", query.String(where), g.Total, err, wantG.Total)
		}
	}
	for seed := range uint64(4) {
		id := RandomSpans(seed, 500)[100].TraceID
		got, err := s.Store.Trace(ctx, id)
		want, _ := ref.Trace(ctx, id)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("trace %v, %v\n got %+v\nwant %+v", id, err, got, want)
		}
	}
	if got, err := s.Store.Trace(ctx, span.TraceID{Low: 5}); err != nil || got == nil || len(got) != 0 {
		t.Errorf("unknown trace: %v, %v", got, err)
	}
	if got := s.Store.Usage(); got.Spans != 2000 || got.Oldest != ref.Usage().Oldest || got.Newest != ref.Usage().Newest {
		t.Errorf("usage %+v, want times of %+v", got, ref.Usage())
	}
	if err := s.Store.Close(); err != nil {
		t.Error(err)
	}
}

func compare(t *testing.T, s, ref store.Store, text string, r store.Range) {
	t.Helper()
	ctx := context.Background()
	for order := store.Newest; order <= store.Failing; order++ {
		q := store.List{Range: r, Order: order, Limit: 40, Offset: 3}
		if order == store.Oldest {
			q.Columns = []query.Field{{Name: "process_id", Tag: true}}
		}
		got, err := collect(s, q)
		want, _ := collect(ref, q)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("list %d of %q: %v\n got %d %+v\nwant %d %+v", order, text, err, len(got), got, len(want), want)
			return
		}
	}
	for i, by := range groupings {
		q := store.Group{Range: r, Latency: i%2 == 0, TimeBuckets: i % 3 * 7, Limit: 20}
		for _, f := range by {
			q.By = append(q.By, query.ParseField(f))
		}
		got, err := s.Group(ctx, q)
		want, _ := ref.Group(ctx, q)
		got.Scanned = 0
		if err != nil || len(got.Groups) != len(want.Groups) || got.Total != want.Total || got.Distinct != want.Distinct {
			t.Errorf("group %q by %v: %v\n got %+v\nwant %+v", text, by, err, got, want)
			continue
		}
		for i := range got.Groups {
			if !reflect.DeepEqual(got.Groups[i], want.Groups[i]) {
				t.Errorf("group %q by %v: %d is %+v, want %+v", text, by, i, got.Groups[i], want.Groups[i])
			}
		}
	}
	compareFacets(t, s, ref, text, r)
	childless := store.Group{Range: r, By: []query.Field{query.ParseField("service")}, WithoutChild: query.Compare{
		Field: query.Field{Name: query.Service}, Op: query.Eq, Value: "api"}}
	gotC, err := s.Group(ctx, childless)
	wantC, _ := ref.Group(ctx, childless)
	if err != nil || gotC.Total != wantC.Total || gotC.Distinct != wantC.Distinct {
		t.Errorf("childless %q: %+v, %v, want %+v", text, gotC.Total, err, wantC.Total)
	}
	got, err := s.Keys(ctx, r)
	want, _ := ref.Keys(ctx, r)
	sortKeys(got)
	if err != nil || len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("keys of %q: %v\n got %+v\nwant %+v", text, err, got, want)
	}
}

func compareFacets(t *testing.T, s, ref store.Store, text string, r store.Range) {
	t.Helper()
	q := store.Facets{Range: r, Limit: 5}
	for _, name := range []string{"service", "status", "resource", "env", "version", "duration", "trace_id", "parent_id", "start",
		"@http.status_code", "@process_id", "@rare.tag", "@user.id", "@db.row_count", "@Env", "@nothing"} {
		q.Fields = append(q.Fields, query.ParseField(name))
	}
	got, err := s.Facets(context.Background(), q)
	want, _ := ref.Facets(context.Background(), q)
	if err != nil || got.Spans != want.Spans || got.Errors != want.Errors || len(got.Facets) != len(want.Facets) {
		t.Errorf("facets of %q: %v\n got %+v\nwant %+v", text, err, got, want)
		return
	}
	for i := range got.Facets {
		g, w := got.Facets[i], want.Facets[i]
		if g.Field != w.Field || g.Distinct != w.Distinct || g.Partial || !slices.Equal(g.Values, w.Values) {
			t.Errorf("facet of %q\n got %+v\nwant %+v", text, g, w)
		}
	}
}

func collect(s store.Store, q store.List) ([]span.Span, error) {
	var out []span.Span
	for sp, err := range s.List(context.Background(), q) {
		if err != nil {
			return out, err
		}
		if len(sp.Tags) == 0 { // nil and empty are the same to a caller
			sp.Tags = nil
		}
		if len(sp.Metrics) == 0 {
			sp.Metrics = nil
		}
		out = append(out, sp)
	}
	return out, nil
}

// runWholeSpans stores spans with everything a span can carry.
func runWholeSpans(t *testing.T, open func(*testing.T) store.Store, settle func(*testing.T, store.Store) store.Store) {
	ctx := context.Background()
	whole := span.Span{
		TraceID: span.TraceID{High: 1, Low: 2}, ID: 1<<64 - 1, ParentID: 1<<63 + 5, Start: Epoch, Duration: 1<<62 + 1,
		Name: "n", Service: "s", Resource: "größe \"q\" \n", Type: "t", Error: 1,
		Tags:    []span.Tag{{Key: "a", Value: ""}, {Key: "b.ü", Value: "v\x00w"}},
		Metrics: []span.Metric{{Key: "a", Value: -0.5}, {Key: "big", Value: 1e300}},
		Structs: []span.Struct{{Key: "appsec", Value: []byte{0x81, 0xa1, 0x61, 0xff}}},
		Links: []span.Link{{TraceID: span.TraceID{High: 3, Low: 4}, SpanID: 1 << 63, TraceState: "dd=s:1", Flags: 1 << 31,
			Attributes: []span.Tag{{Key: "k", Value: "v"}}}},
		Events: []span.Event{{Time: Epoch + 5, Name: "exception", Attributes: []span.Attribute{
			{Key: "s", Value: "text"}, {Key: "b", Value: true}, {Key: "i", Value: int64(1<<62 + 1)}, {Key: "f", Value: 5.0},
			{Key: "list", Value: []any{"x", int64(1), 2.5, false}}}}},
	}
	bare := span.Span{TraceID: span.TraceID{High: 1, Low: 2}, ID: 5, Start: Epoch + 1}
	s := settled{Store: open(t), t: t, settle: settle}
	for range 2 { // the second is a retransmission
		if err := s.Append(ctx, []span.Span{whole, bare}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Store.Trace(ctx, whole.TraceID)
	if err != nil {
		t.Fatal(err)
	}
	if want := []span.Span{whole, bare}; !reflect.DeepEqual(got, want) {
		t.Errorf("trace\n got %+v\nwant %+v", got, want)
	}
	if err := s.Store.Close(); err != nil {
		t.Error(err)
	}
}

func runClosed(t *testing.T, open func(*testing.T) store.Store) {
	ctx := context.Background()
	s := open(t)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Append(ctx, []span.Span{{ID: 1}}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("append after close: %v", err)
	}
}

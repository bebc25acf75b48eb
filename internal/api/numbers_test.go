package api

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"slices"
	"testing"
	"time"

	"hoofprint/internal/span"
)

// The numbers of every answer, counted again from the spans in the plainest way.

func TestServicesCountWhatWasStored(t *testing.T) {
	h := newHarness(t, nil)
	h.seed()
	// A call that a stranger answers; those of the seed are answered by stock.
	outside := span.Span{TraceID: span.TraceID{Low: 5}, ID: 5, Start: clock.Add(-time.Second).UnixNano(), Duration: 7e6, Service: "requests", Type: "http",
		Tags: []span.Tag{{Key: "span.kind", Value: "client"}, {Key: "out.host", Value: "pay.example"}}}
	h.append(outside)
	answer := ask[struct {
		Services []serviceAnswer
		Inferred []inferredAnswer
	}](h, "/api/v1/services?"+hour)
	oldest := h.memory.Usage().Oldest
	for _, got := range answer.Services {
		var durations []int64
		var errors int64
		var satisfied float64
		for _, s := range h.memory.spans {
			top, _ := s.Metric("_dd.top_level")
			kind, _ := s.Tag("span.kind")
			if s.Service != got.Name || top != 1 || kind == "client" {
				continue
			}
			durations = append(durations, s.Duration)
			errors += int64(s.Error)
			switch {
			case s.Error != 0:
			case s.Duration <= 500e6:
				satisfied++
			case s.Duration <= 2000e6:
				satisfied += .5
			}
		}
		n := int64(len(durations))
		if n == 0 || got.Requests != n || got.Errors != errors || sum(got.RequestBuckets) != n || sum(got.ErrorBuckets) != errors {
			t.Fatalf("%s: %+v, want %d requests, %d errors", got.Name, got, n, errors)
		}
		wantRate := float64(n) / (float64(clock.UnixNano()-oldest) / 1e9)
		if math.Abs(got.Rate-wantRate) > 1e-9 {
			t.Fatalf("%s: rate %g, want %g", got.Name, got.Rate, wantRate)
		}
		if math.Abs(*got.Apdex-satisfied/float64(n)) > 1e-9 {
			t.Fatalf("%s: apdex %g, want %g", got.Name, *got.Apdex, satisfied/float64(n))
		}
		for q, value := range map[float64]int64{.5: got.P50, .95: got.P95, .99: got.P99} {
			near(t, fmt.Sprintf("%s p%g", got.Name, q*100), value, exactQuantile(durations, q))
		}
	}
	if len(answer.Services) != 2 || len(answer.Inferred) != 2 {
		t.Fatalf("%d services and %d inferred", len(answer.Services), len(answer.Inferred))
	}
	db, pay := answer.Inferred[0], answer.Inferred[1]
	if db.Name != "sqlite" || db.Kind != "db" || db.Requests != 40 || db.Errors != 5 || pay.Name != "pay.example" || pay.Kind != "http" || pay.Requests != 1 {
		t.Fatalf("inferred %+v and %+v", db, pay)
	}
}

func exactQuantile(durations []int64, q float64) int64 {
	slices.Sort(durations)
	return durations[max(int(math.Ceil(q*float64(len(durations))))-1, 0)]
}

// near allows for the width of a histogram bucket.
func near(t *testing.T, what string, got, want int64) {
	t.Helper()
	if math.Abs(float64(got-want)) > .016*float64(want) {
		t.Fatalf("%s = %d, want %d", what, got, want)
	}
}

func sum(n []int64) (total int64) {
	for _, v := range n {
		total += v
	}
	return total
}

func TestResourcesAddUpToTheirService(t *testing.T) {
	h := newHarness(t, nil)
	h.seed()
	answer := ask[struct {
		Service   serviceAnswer
		Resources []resourceAnswer
	}](h, "/api/v1/services/shop?"+hour)
	var requests, errors int64
	for _, r := range answer.Resources {
		requests += r.Requests
		errors += r.Errors
		var durations []int64
		for _, s := range h.memory.spans {
			if s.Service == "shop" && s.Resource == r.Name && s.ParentID == 0 {
				durations = append(durations, s.Duration)
			}
		}
		if sum(durations) != r.Duration || sum(r.RequestBuckets) != r.Requests {
			t.Fatalf("%s: %+v, want a duration of %d", r.Name, r, sum(durations))
		}
		near(t, r.Name, r.P95, exactQuantile(durations, .95))
	}
	if requests != answer.Service.Requests || errors != answer.Service.Errors || len(answer.Resources) != 2 {
		t.Fatalf("%d requests, %d errors of %+v", requests, errors, answer.Service)
	}
}

func TestTheHeatMapHoldsEverySpanOnce(t *testing.T) {
	h := newHarness(t, nil)
	h.seed()
	heat := ask[heatmapAnswer](h, "/api/v1/heatmap?from=-50s&columns=7&rows=13")
	if len(heat.Durations) != 14 || !slices.IsSorted(heat.Durations) || len(heat.Spans) != 7 {
		t.Fatalf("axes: %v, %d columns", heat.Durations, len(heat.Spans))
	}
	from, to := int64(heat.From), int64(heat.To)
	var inCells, stored int64
	for column := range heat.Spans {
		inCells += sum(heat.Spans[column])
		for row := range heat.Spans[column] {
			// A selection of each cell's own bounds finds what the cell counts, but
			// for durations within a histogram bucket, which bounds never cut here.
			x0, x1 := from+int64(column)*(to-from)/7, from+int64(column+1)*(to-from)/7
			y0, y1 := heat.Durations[row], heat.Durations[row+1]
			var want, wrong int64
			for _, s := range h.memory.spans {
				if x0 <= s.Start && s.Start < x1 && (y0 <= s.Duration || row == 0) && s.Duration < y1 {
					want++
					wrong += int64(s.Error)
				}
			}
			if heat.Spans[column][row] != want || heat.Errors[column][row] != wrong {
				t.Fatalf("cell %d,%d = %d spans, %d errors; want %d, %d", column, row, heat.Spans[column][row], heat.Errors[column][row], want, wrong)
			}
		}
	}
	for _, s := range h.memory.spans {
		if from <= s.Start && s.Start < to {
			stored++
		}
	}
	if inCells != stored {
		t.Fatalf("%d spans in cells of %d stored", inCells, stored)
	}
}

func TestAFlatHeatMapStillHasAnAxis(t *testing.T) {
	h := newHarness(t, nil)
	for _, rows := range []int{1, 40, 100} {
		empty := ask[heatmapAnswer](h, fmt.Sprintf("/api/v1/heatmap?rows=%d", rows))
		ascending(t, empty.Durations)
	}
	h.append(span.Span{TraceID: span.TraceID{Low: 1}, ID: 1, Start: clock.Add(-time.Minute).UnixNano(), Duration: 7})
	for _, rows := range []int{1, 40, 100} {
		flat := ask[heatmapAnswer](h, fmt.Sprintf("/api/v1/heatmap?rows=%d", rows))
		ascending(t, flat.Durations)
	}
}

func ascending(t *testing.T, bounds []int64) {
	t.Helper()
	for i := 1; i < len(bounds); i++ {
		if bounds[i] <= bounds[i-1] {
			t.Fatalf("bounds %d and %d of %d are %d and %d", i-1, i, len(bounds), bounds[i-1], bounds[i])
		}
	}
}

func TestTracesAreListedOnce(t *testing.T) {
	h := newHarness(t, nil)
	h.seed()
	type page struct {
		Traces []traceRow
		Total  int
	}
	all := ask[page](h, "/api/v1/traces?limit=200&q="+url.QueryEscape("duration:>0"))
	seen := map[string]bool{}
	for _, row := range all.Traces {
		id, _ := span.ParseTraceID(row.TraceID)
		var spans, errors int
		start, end := int64(math.MaxInt64), int64(0)
		for _, s := range h.memory.spans {
			if s.TraceID == id {
				spans++
				errors += int(s.Error)
				start, end = min(start, s.Start), max(end, s.End())
			}
		}
		if seen[row.TraceID] || row.Spans != spans || row.Errors != errors || row.Duration != end-start || row.Root.Name != "flask.request" {
			t.Fatalf("%+v, want %d spans, %d errors, %d ns", row, spans, errors, end-start)
		}
		seen[row.TraceID] = true
	}
	if all.Total != 40 || len(seen) != 40 {
		t.Fatalf("%d traces, total %d", len(seen), all.Total)
	}
	// Pages side by side are the whole.
	var paged []string
	for offset := 0; offset < 40; offset += 15 {
		for _, row := range ask[page](h, fmt.Sprintf("/api/v1/traces?limit=15&offset=%d&sort=slowest", offset)).Traces {
			paged = append(paged, row.TraceID)
		}
	}
	slices.Sort(paged)
	if len(slices.Compact(paged)) != 40 {
		t.Fatalf("%d traces over the pages", len(paged))
	}
}

func TestOwnTimeIsTheTimeWithoutChildren(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for range 200 {
		spans := make([]span.Span, 1+random.IntN(12))
		for i := range spans {
			parent := uint64(0)
			if i > 0 {
				parent = uint64(1 + random.IntN(i)) // children may overlap, and outlive their parent
			}
			spans[i] = span.Span{ID: uint64(i + 1), ParentID: parent, Start: int64(random.IntN(60)), Duration: int64(random.IntN(40))}
		}
		orderForReading(spans)
		for i, got := range ownTimes(spans) {
			var want int64
			for moment := spans[i].Start; moment < spans[i].End(); moment++ {
				idle := true
				for _, child := range spans {
					if child.ParentID == spans[i].ID && child.Start <= moment && moment < child.End() {
						idle = false
					}
				}
				if idle {
					want++
				}
			}
			if got != want {
				t.Fatalf("span %d of %+v: own %d, want %d", i, spans, got, want)
			}
		}
	}
}

func TestMissingParentsAndOddTraces(t *testing.T) {
	h := newHarness(t, nil)
	at := clock.Add(-time.Minute).UnixNano()
	id := span.TraceID{Low: 9}
	h.append(
		span.Span{TraceID: id, ID: 2, ParentID: 1, Start: at + 10, Duration: 5, Service: "a"},
		span.Span{TraceID: id, ID: 3, ParentID: 1, Start: at, Duration: 50, Service: "a", Name: "first"},
		span.Span{TraceID: id, ID: 4, ParentID: 4, Start: at + 1, Duration: 5, Service: "a"}, // its own parent
		span.Span{TraceID: id, ID: 5, ParentID: 6, Start: at + 2, Duration: 5, Service: "a"}, // a circle
		span.Span{TraceID: id, ID: 6, ParentID: 5, Start: at + 3, Duration: 5, Service: "a"},
		span.Span{TraceID: id, ID: 6, ParentID: 77, Start: at + 4, Duration: 5, Service: "a"}, // an id twice
	)
	trace := ask[traceAnswer](h, "/api/v1/trace/"+id.String())
	if trace.MissingParents != 2 || len(trace.Spans) != 6 || trace.Duration != 50 || trace.Spans[0].SpanID != hexID(3) {
		t.Fatalf("%+v", trace)
	}
	list := ask[struct{ Traces []traceRow }](h, "/api/v1/traces")
	if len(list.Traces) != 1 || list.Traces[0].Root.Name != "first" {
		t.Fatalf("%+v", list)
	}
}

func TestABigTraceComesWithoutTags(t *testing.T) {
	h := newHarness(t, nil)
	id := span.TraceID{Low: 10}
	spans := make([]span.Span, 10_000)
	for i := range spans {
		spans[i] = span.Span{TraceID: id, ID: uint64(i + 1), ParentID: uint64(i / 10), Start: clock.Add(-time.Minute).UnixNano() + int64(i), Duration: 100,
			Service: "a", Name: "n", Resource: "r", Tags: []span.Tag{{Key: "k", Value: "v"}}}
	}
	h.append(spans...)
	trace := ask[traceAnswer](h, "/api/v1/trace/"+id.String())
	if trace.SpanCount != 10_000 || len(trace.Spans) != 10_000 || trace.Spans[5].Tags != nil {
		t.Fatalf("%d spans, tags %v", len(trace.Spans), trace.Spans[5].Tags)
	}
	one := ask[spanDetail](h, "/api/v1/trace/"+id.String()+"/spans/"+hexID(500))
	if one.Tags["k"] != "v" || one.Past == nil || one.Past.Spans != 10_000 {
		t.Fatalf("%+v", one)
	}
}

func TestAFacetIgnoresItsOwnTerm(t *testing.T) {
	h := newHarness(t, nil)
	h.seed()
	f := func(q, key string, want map[string]int64) {
		t.Helper()
		answer := ask[struct{ Facets []facetAnswer }](h, "/api/v1/facets?keys="+url.QueryEscape(key)+"&q="+url.QueryEscape(q))
		got := map[string]int64{}
		for _, v := range answer.Facets[0].Values {
			got[v.Value] = v.Spans
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%s of %q = %v, want %v", key, q, got, want)
		}
	}
	f("service:stock", "service", map[string]int64{"shop": 80, "sqlite": 40, "requests": 20, "stock": 20})
	f("service:stock status:ok", "service", map[string]int64{"shop": 75, "sqlite": 35, "requests": 20, "stock": 20})
	f("-service:shop -service:sqlite", "service", map[string]int64{"shop": 80, "sqlite": 40, "requests": 20, "stock": 20})
	f("(service:shop OR service:stock) status:error", "service", map[string]int64{"shop": 5, "sqlite": 5})
	f("(service:stock OR status:error)", "service", map[string]int64{"shop": 5, "sqlite": 5, "stock": 20})
	f("service:shop", "status", map[string]int64{"ok": 75, "error": 5})
	f("@cart.items:9", "@cart.items", map[string]int64{"0 – 1": 8, "2 – 3": 8, "4": 4, "5 – 6": 8, "7 – 8": 8, "9": 4})
}

func TestRangesOfManyValuesAreExact(t *testing.T) {
	h := newHarness(t, nil)
	spans := make([]span.Span, 12_000) // more distinct values than a store groups
	for i := range spans {
		spans[i] = span.Span{TraceID: span.TraceID{Low: uint64(i + 1)}, ID: 1, Start: clock.Add(-time.Minute).UnixNano(), Duration: int64(i)}
	}
	h.append(spans...)
	answer := ask[struct{ Facets []facetAnswer }](h, "/api/v1/facets?keys=duration&limit=5")
	var total int64
	for _, v := range answer.Facets[0].Values {
		total += v.Spans
	}
	if total != 12_000 || len(answer.Facets[0].Values) != 5 || answer.Facets[0].Distinct != 12_000 {
		t.Fatalf("%d spans in %+v", total, answer.Facets[0])
	}
}

func TestTheTrackStandsStill(t *testing.T) {
	h := newHarness(t, nil)
	h.seed()
	track := ask[trackAnswer](h, "/api/v1/track?from=-7m&buckets=60")
	if int64(track.To)%int64(track.Step) != 0 || int64(track.To)-int64(track.From) != 60*int64(track.Step) || int64(track.To) < clock.UnixNano() {
		t.Fatalf("from %d to %d by %d", track.From, track.To, track.Step)
	}
	if sum(track.Requests) != 60 || sum(track.Errors) != 5 {
		t.Fatalf("%d requests, %d errors", sum(track.Requests), sum(track.Errors))
	}
	fixed := ask[trackAnswer](h, fmt.Sprintf("/api/v1/track?from=%d&to=%d&buckets=7&service=stock", clock.UnixMilli()-60001, clock.UnixMilli()))
	if int64(fixed.From) != (clock.UnixMilli()-60001)*1e6 || sum(fixed.Requests) != 20 || len(fixed.Deployments) != 0 {
		t.Fatalf("%+v", fixed)
	}
}

func TestMillisAreExactToTheMicrosecond(t *testing.T) {
	f := func(ns int64, want string) {
		t.Helper()
		if got, err := millis(ns).MarshalJSON(); err != nil || string(got) != want {
			t.Fatalf("%d = %s, want %s", ns, got, want)
		}
	}
	f(1795226067805647123, "1795226067805.647")
	f(1795226067805600000, "1795226067805.6")
	f(1795226067805000999, "1795226067805")
	f(1795226067805001000, "1795226067805.001")
	f(0, "0")
	f(-1500000, "-1.5")
}

func TestAServiceNameMayHoldASlash(t *testing.T) {
	h := newHarness(t, nil)
	s := request(0, clock.Add(-time.Second).UnixNano(), rand.New(rand.NewPCG(1, 2)))[0]
	s.Service = "team/shop a"
	h.append(s)
	answer := ask[struct{ Service serviceAnswer }](h, "/api/v1/services/team%2Fshop%20a")
	if answer.Service.Name != s.Service || answer.Service.Requests != 1 {
		t.Fatalf("%+v", answer.Service)
	}
}

func TestAQuietServiceIsStillKnown(t *testing.T) {
	h := newHarness(t, nil)
	h.seed()
	answer := ask[struct{ Service serviceAnswer }](h, "/api/v1/services/shop?from=-2h&to=-1h")
	if s := answer.Service; s.Requests != 0 || s.Apdex != nil || s.Identity == nil || s.LastSeen == nil || s.Version != "1.1" {
		t.Fatalf("%+v", s)
	}
}

func TestATraceIsFoundByHalfItsID(t *testing.T) {
	h := newHarness(t, nil)
	h.seed()
	want := span.TraceID{High: 0x69a42b0000000000, Low: 1003}
	for _, id := range []string{want.String(), "00000000000003eb", "1003"} {
		if got := ask[traceAnswer](h, "/api/v1/trace/"+id); got.TraceID != want.String() || got.SpanCount != 3 {
			t.Fatalf("%s is %s with %d spans", id, got.TraceID, got.SpanCount)
		}
	}
}

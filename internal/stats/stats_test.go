package stats

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hoofprint/internal/sketch"
	"hoofprint/internal/span"
	wire "hoofprint/internal/wire/stats"
)

var now = time.Unix(1_800_000_005, 0)

func config() *Config {
	return &Config{PeerTags: []string{"_dd.base_service", "out.host", "peer.service"}, Kinds: []string{"server", "client", "producer", "consumer"},
		Limits: DefaultLimits()}
}

// a span that ended before now, with tags given as key, value, ...
func ended(ago, took time.Duration, tags ...string) span.Span {
	s := span.Span{ID: 1, ParentID: 2, Name: "op", Service: "web", Resource: "r", Start: now.Add(-ago - took).UnixNano(), Duration: int64(took)}
	for i := 0; i < len(tags); i += 2 {
		s.SetTag(tags[i], tags[i+1])
	}
	return s
}

func top(s span.Span) span.Span {
	s.SetMetric(span.KeyTopLevel, 1)
	return s
}

func count(cfg *Config, spans ...span.Span) []wire.Bucket {
	c := New(now)
	c.Add(&span.Chunk{Spans: spans}, cfg, now)
	return c.Flush(now, true)
}

func one(t *testing.T, cfg *Config, s span.Span) wire.Group {
	t.Helper()
	buckets := count(cfg, s)
	if len(buckets) != 1 || len(buckets[0].Groups) != 1 {
		t.Fatalf("%+v", buckets)
	}
	return buckets[0].Groups[0]
}

func TestWhichSpansCount(t *testing.T) {
	measured, partial, unfinished := ended(0, 1), top(ended(0, 1)), top(ended(0, 1))
	measured.SetMetric(span.KeyMeasured, 1)
	partial.SetMetric("_dd.partial_version", 0)
	unfinished.SetMetric(span.KeyUnfinished, 1)
	for _, c := range []struct {
		s    span.Span
		want int
	}{
		{top(ended(0, 1)), 1}, {measured, 1}, {ended(0, 1), 0}, {ended(0, 1, "span.kind", "Client"), 1},
		{ended(0, 1, "span.kind", "internal"), 0}, {partial, 0}, {unfinished, 0},
	} {
		if got := len(count(config(), c.s)); got != c.want {
			t.Errorf("%+v gave %d buckets, want %d", c.s, got, c.want)
		}
	}
}

func TestCountsAndSketches(t *testing.T) {
	failed := top(ended(0, 3*time.Millisecond))
	failed.Error = 1
	g := one(t, config(), top(ended(0, time.Second)))
	if g.Hits != 1 || g.Errors != 0 || g.TopLevelHits != 1 || g.Duration != 1e9 {
		t.Fatalf("%+v", g)
	}
	buckets := count(config(), top(ended(0, time.Millisecond)), failed, ended(0, 2*time.Millisecond, "span.kind", "server"))
	if len(buckets) != 1 || buckets[0].Start != 1_800_000_000e9 || buckets[0].Duration != 10e9 || len(buckets[0].Groups) != 2 {
		t.Fatalf("%+v", buckets)
	}
	for _, g := range buckets[0].Groups {
		ok, err1 := sketch.Decode(g.OkSummary)
		bad, err2 := sketch.Decode(g.ErrorSummary)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if g.SpanKind == "server" {
			if g.TopLevelHits != 0 || g.Hits != 1 {
				t.Errorf("%+v", g)
			}
			continue
		}
		if g.Hits != 2 || g.Errors != 1 || g.TopLevelHits != 2 || g.Duration != 4e6 || ok.Count() != 1 || bad.Count() != 1 ||
			math.Abs(bad.Quantile(0.5)-3e6) > 3e4 {
			t.Errorf("%+v", g)
		}
	}
}

func TestKeys(t *testing.T) {
	cfg := config()
	s := top(ended(0, 1, "http.status_code", "404", "http.method", "GET", "http.route", "/r/{x}", "http.endpoint", "/e", "span.kind", "client",
		"_dd.svc_src", "m", "_dd.base_service", "main", "out.host", "10.1.2.3:80", "peer.service", "pg", "not.a.peer", "x"))
	s.ParentID = 0
	got := one(t, cfg, s)
	got.OkSummary, got.ErrorSummary = nil, nil
	want := wire.Group{Service: "web", Name: "op", Resource: "r", HTTPStatusCode: 404, Hits: 1, TopLevelHits: 1, Duration: 1, SpanKind: "client",
		PeerTags: []string{"_dd.base_service:main", "out.host:blocked-ip-address:80", "peer.service:pg"}, IsTraceRoot: wire.TraceRootTrue,
		HTTPMethod: "GET", HTTPEndpoint: "/e", ServiceSource: "m"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	s.DeleteTag("http.endpoint")
	s.DeleteTag("http.status_code")
	s.SetMetric("http.status_code", 201)
	s.SetTag("span.kind", "server")
	if got = one(t, cfg, s); got.HTTPEndpoint != "/r/{x}" || got.HTTPStatusCode != 201 || !reflect.DeepEqual(got.PeerTags, []string{"_dd.base_service:main"}) {
		t.Errorf("%+v", got)
	}
	long := top(ended(0, 1))
	long.Service, long.Name, long.Type, long.Resource = strings.Repeat("é", 200), strings.Repeat("n", 200), strings.Repeat("t", 200), strings.Repeat("r", 9000)
	if got = one(t, cfg, long); got.Service != strings.Repeat("é", 50) || len(got.Name) != 100 || len(got.Type) != 100 || len(got.Resource) != 5000 {
		t.Errorf("%d %d %d %d", len(got.Service), len(got.Name), len(got.Type), len(got.Resource))
	}
	for text, want := range map[string]string{"ok": "0", "5": "5", "UNKNOWN": "2", "StatusCode.CANCELLED": "1", "Canceled": "1", "bogus": "", "": ""} {
		for _, key := range grpcKeys {
			if got := one(t, cfg, top(ended(0, 1, key, text))).GRPCStatusCode; got != want {
				t.Errorf("%s %q is %q", key, text, got)
			}
		}
	}
	c := New(now)
	for _, origin := range []string{"synthetics", "synthetics-browser", "synthetica", ""} {
		c.Add(&span.Chunk{Origin: origin, Spans: []span.Span{top(ended(0, 1))}}, cfg, now)
	}
	for _, g := range c.Flush(now, true)[0].Groups {
		if g.Hits != 2 {
			t.Errorf("%+v", g)
		}
	}
}

func TestAddressesOfPeers(t *testing.T) {
	// As ddtrace 4.16 sends them.
	for in, want := range map[string]string{
		"localhost": "localhost", "127.0.0.1": "127.0.0.1", "::1": "::1", "169.254.169.254": "169.254.169.254",
		"10.0.0.1": "blocked-ip-address", "10.0.0.1:80": "blocked-ip-address:80", "ip-10-0-0-1.ec2.internal": "ip-blocked-ip-address.ec2.internal",
		"2001:db8::1": "blocked-ip-address", "http://10.0.0.1/x": "http://blocked-ip-address/x",
		"[2001:db8::1]:80": "blocked-ip-address:80", "10.0.0.1,10.0.0.2,db": "blocked-ip-address,db",
		"10.0.0.256": "10.0.0.256", "10.0.0.1.example.com": "10.0.0.1.example.com", "1.2.3": "1.2.3", "": "",
	} {
		if got := withoutAddresses(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestBucketsByEnd(t *testing.T) {
	c := New(now)
	cfg := config()
	add := func(at time.Time, s span.Span) { c.Add(&span.Chunk{Spans: []span.Span{s}}, cfg, at) }
	add(now, top(ended(0, time.Hour)))            // by its end, however long
	add(now, top(ended(-time.Hour, time.Second))) // from the future: now
	add(now, top(ended(time.Hour, time.Second)))  // too old: the oldest bucket
	if got := c.Flush(now.Add(14*time.Second), false); len(got) != 0 {
		t.Fatalf("flushed a bucket that may still grow: %+v", got)
	}
	add(now.Add(14*time.Second), top(ended(-14*time.Second, 1))) // a later bucket
	got := c.Flush(now.Add(15*time.Second), false)
	if len(got) != 1 || got[0].Start != 1_800_000_000e9 || got[0].Groups[0].Hits != 3 {
		t.Fatalf("%+v", got)
	}
	add(now.Add(15*time.Second), top(ended(0, 1))) // its own bucket is gone
	got = c.Flush(now.Add(15*time.Second), true)
	if len(got) != 1 || got[0].Start != 1_800_000_010e9 || got[0].Groups[0].Hits != 2 || !c.Empty() {
		t.Fatalf("%+v", got)
	}
}

func TestLimits(t *testing.T) {
	cfg := config()
	cfg.AdditionalTags = []string{"tier"}
	cfg.Limits = Limits{Groups: 100, Resources: 3, Endpoints: 3, PeerTags: 3, AdditionalTags: 3}
	for what, vary := range map[string]func(s *span.Span, i int){
		"resource": func(s *span.Span, i int) { s.Resource = fmt.Sprint(i) },
		"endpoint": func(s *span.Span, i int) { s.SetTag("http.endpoint", fmt.Sprint("/", i)) },
		"extra":    func(s *span.Span, i int) { s.SetTag("tier", fmt.Sprint("t", i)) },
		"peer":     func(s *span.Span, i int) { s.SetTag("peer.service", fmt.Sprint("p", i)) },
	} {
		var spans []span.Span
		for i := range 8 {
			s := top(ended(0, 1, "span.kind", "client"))
			vary(&s, i)
			spans = append(spans, s)
		}
		buckets := count(cfg, spans...)
		if len(buckets[0].Groups) != 4 {
			t.Errorf("%s: %d groups", what, len(buckets[0].Groups))
		}
		blocked := 0
		for _, g := range buckets[0].Groups {
			if g.Resource == Blocked || g.HTTPEndpoint == Blocked || len(g.PeerTags) == 1 && g.PeerTags[0] == Blocked ||
				len(g.AdditionalMetricTags) == 1 && g.AdditionalMetricTags[0] == Blocked+":" {
				blocked += int(g.Hits)
			}
		}
		if blocked != 5 {
			t.Errorf("%s: %d blocked", what, blocked)
		}
	}
	cfg.Limits = Limits{Groups: 4, Resources: 100, Endpoints: 100, PeerTags: 100, AdditionalTags: 100}
	var spans []span.Span
	for i := range 9 {
		s := top(ended(0, 1))
		s.Name = fmt.Sprint("n", i)
		spans = append(spans, s)
	}
	groups := count(cfg, spans...)[0].Groups
	if len(groups) != 5 {
		t.Fatalf("%d groups", len(groups))
	}
	for _, g := range groups {
		if g.Name == Blocked && (g.Hits != 5 || g.Service != Blocked || len(g.AdditionalMetricTags) != 1 || g.IsTraceRoot != wire.TraceRootUnset) {
			t.Errorf("%+v", g)
		}
	}
}

// As ddtrace 4.16 does it.
func TestAdditionalTags(t *testing.T) {
	cfg := config()
	cfg.AdditionalTags = []string{"region", "tier"}
	g := one(t, cfg, top(ended(0, 1, "tier", strings.Repeat("x", 201), "region", "eu", "other", "x")))
	if !slices.Equal(g.AdditionalMetricTags, []string{"region:eu", "tier:" + Blocked}) {
		t.Errorf("%q", g.AdditionalMetricTags)
	}
	if g = one(t, cfg, top(ended(0, 1, "tier", ""))); g.AdditionalMetricTags != nil {
		t.Errorf("%q", g.AdditionalMetricTags)
	}
}

func TestFilter(t *testing.T) {
	root := ended(0, 1, "env", "test", "secret", "1")
	root.Resource = "GET /health/live"
	for _, c := range []struct {
		name string
		f    *Filter
		want bool
	}{
		{"nothing", NewFilter(TagLists{}, TagLists{}, nil), false},
		{"reject key", NewFilter(TagLists{Reject: []string{"secret"}}, TagLists{}, nil), true},
		{"reject value", NewFilter(TagLists{Reject: []string{"secret:1"}}, TagLists{}, nil), true},
		{"reject other value", NewFilter(TagLists{Reject: []string{"secret:2"}}, TagLists{}, nil), false},
		{"require", NewFilter(TagLists{Require: []string{"env:test"}}, TagLists{}, nil), false},
		{"require another", NewFilter(TagLists{Require: []string{"env:test", "owner"}}, TagLists{}, nil), true},
		{"pattern", NewFilter(TagLists{}, TagLists{Reject: []string{"env:^te"}}, nil), true},
		{"pattern that misses", NewFilter(TagLists{}, TagLists{Reject: []string{"env:^es"}}, nil), false},
		{"pattern that is none", NewFilter(TagLists{}, TagLists{Reject: []string{"env:("}}, []string{"("}), false},
		{"resource", NewFilter(TagLists{}, TagLists{}, []string{"^POST", "/health"}), true},
		{"other resource", NewFilter(TagLists{}, TagLists{}, []string{"^/health"}), false},
	} {
		if got := c.f.Rejects(&root); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if (&Filter{}).Rejects(&root) {
		t.Error("the zero value rejects")
	}
}

func BenchmarkAdd(b *testing.B) {
	c, cfg := New(now), config()
	chunk := span.Chunk{Spans: []span.Span{top(ended(0, time.Millisecond, "http.status_code", "200", "http.method", "GET", "span.kind", "server", "env", "prod", "runtime-id", "x"))}}
	b.ReportAllocs()
	for b.Loop() {
		c.Add(&chunk, cfg, now)
	}
}

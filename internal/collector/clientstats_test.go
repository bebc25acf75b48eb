package collector

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"hoofprint/internal/agentinfo"
	"hoofprint/internal/ring"
	"hoofprint/internal/ring/ringtest"
	"hoofprint/internal/span"
	"hoofprint/internal/waittest"
	wire "hoofprint/internal/wire/stats"
	"hoofprint/internal/wire/v05"
)

// statsAgent is an agent that leaves the counting to its clients.
type statsAgent struct {
	mu       sync.Mutex
	info     string
	infos    int
	away     bool
	names    []string // of the spans, in order of arrival
	chunks   []span.Chunk
	headers  []http.Header // of trace payloads
	stats    []*wire.Payload
	statsHdr http.Header
	rates    string // the answer to traces
	asked    []string
}

const withStats = `{"endpoints":["/v0.4/traces","/v0.5/traces","/v0.6/stats"],"client_drop_p0s":true,"obfuscation_version":1,
	"peer_tags":["_dd.base_service","out.host"],"filter_tags":{"reject":["secret"]},"ignore_resources":["^GET /health"]}`

func (a *statsAgent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if a.away {
		http.Error(w, "later", http.StatusServiceUnavailable)
		return
	}
	if r.URL.Path == "/info" {
		a.infos++
		_, _ = io.WriteString(w, a.info)
		return
	}
	sum := sha256.Sum256([]byte(a.info))
	w.Header().Set("Datadog-Agent-State", hex.EncodeToString(sum[:]))
	switch r.URL.Path {
	case "/v0.5/traces":
		chunks, err := v05.Decode(body)
		if err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		for _, c := range chunks {
			for _, s := range c.Spans {
				a.names = append(a.names, s.Name)
			}
		}
		a.chunks = append(a.chunks, chunks...)
		a.headers = append(a.headers, r.Header.Clone())
		a.asked = append(a.asked, r.Header.Get(headerRates))
		w.Header().Set(headerRates, "v7")
		_, _ = io.WriteString(w, a.rates)
	case "/v0.6/stats":
		p, err := wire.Decode(body)
		if err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		a.stats, a.statsHdr = append(a.stats, p), r.Header.Clone()
	default:
		http.NotFound(w, r)
	}
}

func (a *statsAgent) set(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
}

// hits gives the counted spans by name.
func (a *statsAgent) hits() map[string]uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := map[string]uint64{}
	for _, p := range a.stats {
		for _, b := range p.Buckets {
			for _, g := range b.Groups {
				out[g.Name] += g.Hits
			}
		}
	}
	return out
}

func (a *statsAgent) seen(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Contains(a.names, name)
}

// rooted writes a trace of a root and a child of the same service.
func rooted(w *ringtest.Writer, id uint64, name string, priority float64, change func(root, child *span.Span)) {
	now := time.Now().UnixNano()
	root := span.Span{TraceID: span.TraceID{High: 1, Low: id}, ID: id, Start: now - 2000, Duration: 2000, Name: name, Service: "web", Resource: name,
		Tags:    []span.Tag{{Key: "language", Value: "python"}, {Key: "_dd.p.dm", Value: "-3"}, {Key: "_dd.tags.process", Value: "a:b"}},
		Metrics: []span.Metric{{Key: span.KeySamplingPriority, Value: priority}, {Key: span.KeyTopLevel, Value: 1}}}
	child := span.Span{TraceID: root.TraceID, ID: id + 1, ParentID: id, Start: now - 1500, Duration: 1000, Name: name + ".child", Service: "web", Resource: "c"}
	if change != nil {
		change(&root, &child)
	}
	w.Span(&child, id, 0)
	w.Span(&root, id, ring.FlagLocalRoot|ring.FlagLast)
}

func statsRing(t *testing.T, dir, url, enabled string) *ringtest.Writer {
	t.Helper()
	w, err := ringtest.Create(dir, 1<<20, ring.Description{Service: "web", Env: "prod", Version: "3", RuntimeID: "abcd", LangVersion: "3.11.7", AgentURL: url,
		Settings: map[string]string{"DD_TRACE_STATS_COMPUTATION_ENABLED": enabled}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestClientStats(t *testing.T) {
	a := &statsAgent{info: withStats, rates: "{}"}
	srv := httptest.NewServer(a)
	defer srv.Close()
	dir := t.TempDir()
	w := statsRing(t, dir, srv.URL, "true")
	_, stop := start(t, Config{RunDirs: []string{dir}})
	rooted(w, 10, "kept", 1, nil)
	rooted(w, 20, "dropped", 0, nil)
	rooted(w, 30, "failed", -1, func(_, child *span.Span) { child.Error = 1 })
	rooted(w, 40, "single", -1, func(_, child *span.Span) {
		child.Metrics = append(child.Metrics, span.Metric{Key: "_dd.span_sampling.mechanism", Value: 8})
	})
	rooted(w, 50, "rejected", 1, func(root, _ *span.Span) { root.SetTag("secret", "1") })
	rooted(w, 60, "ignored", 1, func(root, _ *span.Span) { root.Resource = "GET /health/live" })
	rooted(w, 70, "queried", 1, func(_, child *span.Span) {
		child.Type, child.Resource = "sql", "SELECT 1"
		child.SetTag("span.kind", "client")
		child.SetTag("out.host", "10.0.0.1")
	})
	rooted(w, 80, "last", 2, nil)
	waittest.Until(t, "the last trace arrives", func() bool { return a.seen("last") })
	stop() // which sends what is counted

	slices.Sort(a.names)
	want := []string{"failed", "failed.child", "kept", "kept.child", "last", "last.child", "queried", "queried.child", "single.child"}
	if !slices.Equal(a.names, want) {
		t.Errorf("the agent got %q", a.names)
	}
	var traces, spans int
	for _, h := range a.headers {
		if h.Get("Datadog-Client-Computed-Stats") != "true" {
			t.Errorf("headers %v", h)
		}
		var n, m int
		_, _ = fmt.Sscan(h.Get("Datadog-Client-Dropped-P0-Traces"), &n)
		_, _ = fmt.Sscan(h.Get("Datadog-Client-Dropped-P0-Spans"), &m)
		traces, spans = traces+n, spans+m
	}
	if traces != 1 || spans != 3 {
		t.Errorf("told of %d dropped traces and %d spans", traces, spans)
	}
	for _, c := range a.chunks {
		if s := &c.Spans[0]; s.Name == "single.child" {
			dm, _ := s.Tag("_dd.p.dm")
			if c.Priority != -1 || dm != "-3" || s.TraceID.High != 1 {
				t.Errorf("a span sampled alone came as %+v", c)
			}
		}
	}
	hits := a.hits()
	for name, n := range map[string]uint64{"kept": 1, "dropped": 1, "failed": 1, "single": 1, "queried": 1, "queried.child": 1, "last": 1} {
		if hits[name] != n {
			t.Errorf("%s: %d hits, want %d", name, hits[name], n)
		}
		delete(hits, name)
	}
	if len(hits) > 0 {
		t.Errorf("also counted: %v", hits)
	}
	p := a.stats[0]
	if p.Service != "web" || p.Env != "prod" || p.Version != "3" || p.RuntimeID != "abcd" || p.Sequence != 0 || p.ProcessTags != "a:b" ||
		a.statsHdr.Get("Datadog-Obfuscation-Version") != "1" || a.statsHdr.Get("Datadog-Meta-Lang") != "python" {
		t.Errorf("%+v %v", p, a.statsHdr)
	}
	for _, g := range p.Buckets[0].Groups {
		if g.Name == "queried.child" && (g.Resource != "SELECT ?" || !slices.Equal(g.PeerTags, []string{"out.host:blocked-ip-address"})) {
			t.Errorf("%+v", g)
		}
	}
}

// TestStatsOff: where the agent counts itself, or the program wants no stats, all
// is sent and nothing counted.
func TestStatsOff(t *testing.T) {
	for name, c := range map[string]struct{ info, enabled string }{
		"switched off":         {withStats, "false"},
		"by default":           {withStats, ""},
		"agent wants all":      {`{"endpoints":["/v0.6/stats"],"client_drop_p0s":false}`, "true"},
		"agent takes no stats": {`{"endpoints":["/v0.5/traces"],"client_drop_p0s":true}`, "true"},
		"agent is old":         {"404 page not found", "true"},
	} {
		t.Run(name, func(t *testing.T) {
			a := &statsAgent{info: c.info, rates: "{}"}
			srv := httptest.NewServer(a)
			defer srv.Close()
			dir := t.TempDir()
			w := statsRing(t, dir, srv.URL, c.enabled)
			_, stop := start(t, Config{RunDirs: []string{dir}})
			rooted(w, 10, "dropped", 0, nil)
			rooted(w, 20, "last", 1, nil)
			waittest.Until(t, "both traces arrive", func() bool { return a.seen("last") && a.seen("dropped") })
			stop()
			if len(a.stats) != 0 || a.headers[0].Get("Datadog-Client-Computed-Stats") != "" {
				t.Errorf("stats %v, headers %v", a.stats, a.headers[0])
			}
		})
	}
	for version, want := range map[string]bool{"3.13.1": false, "3.14.0": true, "3.9": false, "4.0": true, "": false} {
		if got := wantsStats(&ring.Description{LangVersion: version}); got != want {
			t.Errorf("Python %s: %v", version, got)
		}
	}
}

// TestStatsOfAProcessThatEnds are sent at once, and those that an absent agent
// missed when it is back; each once.
func TestStatsOutliveAnOutage(t *testing.T) {
	a := &statsAgent{info: withStats, rates: "{}"}
	srv := httptest.NewServer(a)
	defer srv.Close()
	dir, spool := t.TempDir(), t.TempDir()
	w := statsRing(t, dir, srv.URL, "1")
	_, stop := start(t, Config{RunDirs: []string{dir}, SpoolDir: spool})
	rooted(w, 10, "before", 1, nil)
	waittest.Until(t, "the first trace arrives", func() bool { return a.seen("before") })
	a.set(func() { a.away = true })
	rooted(w, 20, "during", 1, nil)
	rooted(w, 30, "lost", 0, nil)
	waittest.Until(t, "the spans are on disk", func() bool { return len(spooledAgents(spool)) == 1 })
	stop() // stats go to the same place
	a.set(func() { a.away = false })
	_, stop = start(t, Config{RunDirs: []string{dir}, SpoolDir: spool})
	waittest.Until(t, "all is counted", func() bool { h := a.hits(); return h["before"] == 1 && h["during"] == 1 && h["lost"] == 1 })
	waittest.Until(t, "the trace arrives", func() bool { return a.seen("during") })
	rooted(w, 40, "after", 1, nil)
	waittest.Until(t, "the last trace arrives", func() bool { return a.seen("after") })
	stop()
	hits := a.hits()
	if len(hits) != 4 || hits["before"] != 1 || hits["during"] != 1 || hits["lost"] != 1 || hits["after"] != 1 || a.seen("lost") {
		t.Errorf("%v; %v", hits, a.names)
	}
}

func TestAgentThatChangesIsAskedAgain(t *testing.T) {
	a := &statsAgent{info: `{"endpoints":["/v0.5/traces"]}`, rates: "{}"}
	srv := httptest.NewServer(a)
	defer srv.Close()
	dir := t.TempDir()
	w := statsRing(t, dir, srv.URL, "true")
	_, stop := start(t, Config{RunDirs: []string{dir}})
	rooted(w, 10, "a", 0, nil)
	waittest.Until(t, "the first trace arrives", func() bool { return a.seen("a") })
	rooted(w, 20, "b", 0, nil)
	waittest.Until(t, "the second trace arrives", func() bool { return a.seen("b") })
	a.set(func() { a.info = withStats })
	id := uint64(30)
	waittest.Until(t, "a trace that nobody keeps is not sent", func() bool {
		rooted(w, id, fmt.Sprint("p", id), 0, nil)
		rooted(w, id+10, fmt.Sprint("q", id), 1, nil)
		waittest.Until(t, "the kept one arrives", func() bool { return a.seen(fmt.Sprint("q", id)) })
		id += 20
		return !a.seen(fmt.Sprint("p", id-20))
	})
	stop()
	if a.infos != 2 {
		t.Errorf("/info was read %d times", a.infos)
	}
}

func TestRatesReachTheProcess(t *testing.T) {
	a := &statsAgent{info: `{}`, rates: `{"rate_by_service":{"service:,env:":1,"service:web,env:prod":0.25}}`}
	srv := httptest.NewServer(a)
	defer srv.Close()
	dir := t.TempDir()
	w := statsRing(t, dir, srv.URL, "")
	_, stop := start(t, Config{RunDirs: []string{dir}})
	rooted(w, 10, "a", 1, nil)
	waittest.Until(t, "the control word is raised", func() bool { return w.Control() == 1 })
	if got := readControl(t, w.Path+".control")["rates"]; fmt.Sprint(got) != "map[service:,env::1 service:web,env:prod:0.25]" {
		t.Fatalf("rates %v", got)
	}
	a.set(func() { a.rates = "{}" }) // as an agent answers to who has its version
	rooted(w, 20, "b", 1, nil)
	waittest.Until(t, "the second trace arrives", func() bool { return a.seen("b") })
	// A process that comes later is told at once.
	startTime, err := ringtest.StartTime(1)
	if err != nil {
		t.Fatal(err)
	}
	later, err := ringtest.CreateFor(dir, 1, startTime, 0, 64<<10, ring.Description{Service: "later", AgentURL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	waittest.Until(t, "the second process is told", func() bool { return later.Control() == 1 })
	stop()
	if w.Control() != 1 || a.asked[0] != "" || a.asked[1] != "v7" {
		t.Errorf("raised %d times; asked for %q", w.Control(), a.asked)
	}
}

// TestKilledCollectorCountsNothingTwice: what a killed collector had counted may be
// lost, but no trace counts again.
func TestKilledCollectorCountsNothingTwice(t *testing.T) {
	const traces, kills = 300, 5
	dir, spool := t.TempDir(), t.TempDir()
	a := &statsAgent{info: withStats, rates: "{}"}
	srv := httptest.NewServer(a)
	defer srv.Close()
	env := []string{"TEST_DIR=" + dir, "TEST_SPOOL=" + spool, "TEST_STATS=true", "TEST_AGENT=" + srv.URL}
	collector := child(t, "collector", env...)
	written := make(chan *exec.Cmd)
	go func() {
		written <- child(t, "writer", append(env, "TEST_PAUSE=5ms", fmt.Sprint("TEST_SPANS=", 10*traces))...)
	}()
	arrived := func() (n int) {
		a.set(func() { n = len(a.names) })
		return n
	}
	for i := range kills {
		waittest.Until(t, "some more spans arrive", func() bool { return arrived() > 10*traces*i/kills })
		kill(t, collector)
		collector = child(t, "collector", env...)
	}
	kill(t, <-written)
	waittest.Until(t, "the ring is done with", func() bool { return len(rings(t, dir)) == 0 })
	waittest.Until(t, "the last collector counts", func() bool { return a.hits()["root"] > 0 })
	if hits := a.hits()["root"]; hits > traces {
		t.Errorf("%d traces, %d hits", traces, hits)
	}
	if n := arrived(); n < 10*traces {
		t.Errorf("%d of %d spans arrived", n, 10*traces)
	}
}

// FuzzInfo: whatever an agent publishes, it is understood or left alone.
func FuzzInfo(f *testing.F) {
	f.Add([]byte(withStats))
	f.Add([]byte(`{"filter_tags_regex":{"require":["a:("]},"ignore_resources":["["],"endpoints":null}`))
	f.Add([]byte("404 page not found"))
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := agentinfo.Parse(body)
		if err != nil {
			return
		}
		info := understand(in)
		if len(info.state) != 64 {
			t.Fatalf("state %q", info.state)
		}
		s := span.Span{Name: "n", Resource: "r", Tags: []span.Tag{{Key: "a", Value: "b"}}}
		_ = info.filter.Rejects(&s)
		b := &batch{stats: true, counters: []*counter{nil}, payload: span.Payload{Chunks: []span.Chunk{{Spans: []span.Span{s}}}}}
		b.thin(info)
		if len(b.payload.Chunks) > 1 || len(b.counted) != 0 {
			t.Fatalf("%+v", b)
		}
	})
}

// TestStatsOfManyProcessesLetTracesThrough: an agent that takes its time over stats
// gets traces in between.
func TestStatsOfManyProcessesLetTracesThrough(t *testing.T) {
	asked := make(chan struct{}, 100)
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-release
	}))
	defer srv.Close()
	a, err := NewAgent(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	s := newShipper(srv.URL, NewHTTPSink(a, ""), a, New(Config{SpoolDir: t.TempDir()}))
	for range maxStats + 5 {
		s.stats = append(s.stats, statsPayload{body: []byte{0x80}})
	}
	done := make(chan struct{})
	turn := time.Now().Add(200 * time.Millisecond) // is over
	go func() {
		s.flushStats(t.Context(), turn.Add(-statsTurn), false)
		close(done)
	}()
	select {
	case <-asked:
	case <-done: // on a machine that stood still
	}
	time.Sleep(time.Until(turn))
	close(release)
	<-done
	if n := len(s.stats); n != maxStats {
		t.Errorf("%d payloads are left, after %d requests", n, 1+len(asked))
	}
}

package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"hoofprint/internal/identity"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
	"hoofprint/internal/store/parquet"
	"hoofprint/internal/uses"
)

var update = flag.Bool("update", false, "write the golden files anew")

// clock is the time at which all tests ask.
var clock = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type harness struct {
	t       testing.TB
	memory  *memory
	handler http.Handler
	store   store.Store // that tells the registry
	uses    *uses.Store
}

func newHarness(t *testing.T, files fstest.MapFS) *harness {
	t.Helper()
	m := &memory{}
	h := newHarnessOn(t, files, m)
	h.memory = m
	return h
}

func newHarnessOn(t testing.TB, files fstest.MapFS, base store.Store) *harness {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	registry, err := identity.Open(filepath.Join(t.TempDir(), "services.json"), log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { registry.Close() })
	now := func() time.Time { return clock }
	activity := NewActivity(now)
	inUse, err := uses.Open("", uses.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{t: t, store: identity.Watch(base, registry.Observe, activity.Observe), uses: inUse}
	h.handler = New(Config{
		Store: h.store, Registry: registry, Activity: activity, Uses: inUse, UI: files, Version: "1.2.3", Loopback: true, Log: log, Now: now,
		Intake: func() Intake {
			return Intake{Addresses: []string{"http://127.0.0.1:8126"}, Asked: 3, Clients: []Client{
				{Service: "shop", Lang: "python", LangVersion: "3.11.7", TracerVersion: "4.16.0", PID: 7, Via: "ring", LastSeen: clock.UnixNano()}}}
		},
	})
	return h
}

// get asks and reads the answer whole.
func (h *harness) get(path string, header ...string) (*http.Response, []byte) {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8127"+path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	answer := w.Result()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer, body
}

// ask reads a good answer into a value.
func ask[T any](h *harness, path string) T {
	h.t.Helper()
	answer, body := h.get(path)
	var out T
	if answer.StatusCode != http.StatusOK {
		h.t.Fatalf("GET %s: %d %s", path, answer.StatusCode, body)
	}
	if err := json.Unmarshal(body, &out); err != nil {
		h.t.Fatalf("GET %s: %v in %s", path, err, body)
	}
	return out
}

func (h *harness) append(spans ...span.Span) {
	h.t.Helper()
	if err := h.store.Append(context.Background(), spans); err != nil {
		h.t.Fatal(err)
	}
}

// seed stores 40 requests of the shop, 1 s apart before the clock; each asks a
// database and every second one the stock service.
func (h *harness) seed() {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 40 {
		h.append(request(i, clock.Add(-time.Duration(40-i)*time.Second).UnixNano(), random)...)
	}
}

func request(i int, start int64, random *rand.Rand) []span.Span {
	trace := span.TraceID{High: 0x69a42b0000000000, Low: uint64(1000 + i)}
	version := "1.0"
	if i >= 20 {
		version = "1.1"
	}
	base := uint64(i+1) * 0x100
	// Two routes, whose latencies span two orders.
	duration := int64(20e6) + random.Int64N(180e6)
	resource := "GET /"
	if i%4 == 3 {
		resource, duration = "GET /slow", duration*10
	}
	make := func(n, parent uint64, from, length int64, service, name, resource, kind, component string, top bool) span.Span {
		s := span.Span{TraceID: trace, ID: base + n, ParentID: parent, Start: start + from, Duration: length,
			Service: service, Name: name, Resource: resource,
			Tags: []span.Tag{{Key: "env", Value: "prod"}, {Key: "component", Value: component}}}
		if kind != "" {
			s.SetTag("span.kind", kind)
		}
		if top {
			s.SetMetric("_dd.top_level", 1)
		}
		return s
	}
	root := make(0, 0, 0, duration, "shop", "flask.request", resource, "server", "flask", true)
	root.Type = "web"
	root.SetTag("version", version)
	root.SetTag("_dd.hostname", "web-1")
	root.SetTag("user.tier", []string{"free", "plus", "trade"}[i%3])
	root.SetMetric("cart.items", float64(i%10))
	render := make(1, base, duration/10, duration/4, "shop", "jinja2.render", "home.html", "", "jinja2", false)
	db := make(2, base, duration/2, duration/4, "sqlite", "sqlite.query", "SELECT * FROM items", "client", "sqlite", true)
	db.Type = "sql"
	db.SetTag("db.system", "sqlite")
	if i%8 == 7 {
		root.Error, db.Error = 1, 1
		db.SetTag("error.type", "sqlite3.OperationalError")
		db.SetTag("error.message", "database is locked")
		root.SetTag("error.type", "sqlite3.OperationalError")
	}
	out := []span.Span{root, render, db}
	if i%2 == 0 {
		call := make(3, base, duration*3/4, duration/8, "requests", "requests.request", "GET /stock", "client", "requests", true)
		call.Type = "http"
		call.SetTag("out.host", "stock.internal")
		served := make(4, base+3, duration*3/4+1e6, duration/16, "stock", "fastapi.request", "GET /stock", "server", "fastapi", true)
		served.Type = "web"
		out = append(out, call, served)
	}
	return out
}

const hour = "from=-1h&to=now"

func TestAnswersAreAsAgreed(t *testing.T) {
	h := newHarness(t, nil)
	h.seed()
	for name, path := range questions() {
		t.Run(name, func(t *testing.T) {
			_, body := h.get("/api/v1/" + path)
			golden(t, name, body)
		})
	}
}

func TestTheEmbeddedStoreAnswersTheSame(t *testing.T) {
	embedded, err := parquet.Open(t.TempDir(), parquet.Options{Now: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	defer embedded.Close()
	h := newHarnessOn(t, nil, embedded)
	h.seed()
	for name, path := range questions() {
		if name == "status" {
			continue // tells the bytes on disk
		}
		t.Run(name, func(t *testing.T) {
			_, body := h.get("/api/v1/" + path)
			golden(t, name, body)
		})
	}
}

// questions gives one address per golden file.
func questions() map[string]string {
	trace := span.TraceID{High: 0x69a42b0000000000, Low: 1039}.String()
	return map[string]string{
		"status":         "status",
		"envs":           "envs?" + hour,
		"track":          "track?from=-1m&to=now&buckets=6",
		"services":       "services?" + hour,
		"service":        "services/shop?" + hour,
		"spans":          "spans?" + hour + "&q=" + url.QueryEscape("service:shop duration:>100ms") + "&sort=slowest&limit=2&cols=@user.tier,kind",
		"traces":         "traces?" + hour + "&q=status:error&limit=2",
		"heatmap":        "heatmap?from=-1m&to=now&columns=3&rows=4",
		"facets":         "facets?" + hour + "&q=service:shop",
		"facets_numeric": "facets?" + hour + "&keys=@cart.items,service&limit=3&q=service:stock",
		"keys":           "keys?" + hour,
		"keys_prefix":    "keys?" + hour + "&prefix=@user.",
		"values":         "values?" + hour + "&key=@user.tier&prefix=t",
		"difference":     fmt.Sprintf("difference?%s&q=service:shop&sel=0,%d,400000000,100000000000", hour, clock.UnixMilli()),
		"trace":          "trace/" + trace,
		"span":           "trace/" + trace + "/spans/0000000000002802",
		"error":          "spans?q=" + url.QueryEscape("duration:>x"),
	}
}

// golden compares with a file in testdata; how long an answer took is left out.
func golden(t *testing.T, name string, body []byte) {
	t.Helper()
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if m, ok := value.(map[string]any); ok {
		if _, timed := m["took_ms"]; timed {
			m["took_ms"] = 0
		}
	}
	got, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("differs from %s; if that is right, run go test ./internal/api -update\n%s", path, got)
	}
}

func TestBadInputIsExplained(t *testing.T) {
	h := newHarness(t, nil)
	h.seed()
	f := func(path string, status int, words ...string) {
		t.Helper()
		answer, body := h.get("/api/v1/" + path)
		var e struct {
			Error struct{ Message, Term string }
		}
		if err := json.Unmarshal(body, &e); err != nil || answer.StatusCode != status {
			t.Fatalf("GET %s = %d %s, want %d", path, answer.StatusCode, body, status)
		}
		for _, word := range words {
			if !strings.Contains(e.Error.Message+" "+e.Error.Term, word) {
				t.Fatalf("GET %s says %q, without %q", path, e.Error, word)
			}
		}
	}
	f("spans?from=yesterday", 400, "from=yesterday", "-15m")
	f("spans?from=-1x", 400, "from=-1x")
	f("spans?from=--1h", 400, "from=--1h")
	f("spans?from=now&to=-1h", 400, "before")
	f("spans?from=NaN", 400, "from=NaN")
	f("spans?from=1e300", 400, "from=1e300")
	f("spans?from=-9999w", 400, "from=-9999w")
	f("spans?from=0", 400, "ten years")
	f("spans?q="+url.QueryEscape(`service:"x`), 400)
	f("spans?q="+url.QueryEscape(`duration:>abc`), 400, "abc")
	f("spans?limit=0", 400, "limit=0", "1000")
	f("spans?limit=1001", 400, "limit=1001")
	f("spans?limit=ten", 400, "limit=ten")
	f("spans?offset=-1", 400, "offset=-1")
	f("spans?sort=best", 400, "sort=best", "slowest")
	f("spans?sel=1,2,3", 400, "sel=1,2,3")
	f("spans?sel=2,1,0,1", 400, "ascending")
	f("spans?sel=NaN,1,0,1", 400, "sel=")
	f("spans?cols=@", 400, "@")
	f("spans?cols="+strings.Repeat("@a,", 30), 400, "at most")
	f("spans?%zz=1", 400)
	f("traces?limit=201", 400, "200 traces")
	f("track?buckets=100000", 400, "buckets=100000")
	f("heatmap?rows=0", 400, "rows=0")
	f("values?from=-1h", 400, "key=")
	f("difference?from=-1h", 400, "sel=")
	f("trace/xyz", 400, "xyz")
	f("trace/ffffffffffffffffffffffffffffffff", 404, "retention")
	f("trace/69a42b000000000000000000000003e8/spans/zz", 400, "zz")
	f("trace/69a42b000000000000000000000003e8/spans/ffff", 404, "no span")
	f("services/nobody", 404, "nobody")
	f("nothing", 404, "/api/v1/nothing")
	f("spans?q="+strings.Repeat("a", maxURL), 414, "shorten")
}

func TestOnlyReading(t *testing.T) {
	h := newHarness(t, nil)
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "http://localhost/api/v1/status", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
		t.Fatalf("POST = %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestForeignNamesAreRefused(t *testing.T) {
	h := newHarness(t, nil)
	f := func(host string, status int) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/api/v1/status", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if w.Code != status {
			t.Fatalf("Host %q = %d, want %d", host, w.Code, status)
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'self'") {
			t.Fatalf("headers = %v", w.Header())
		}
	}
	f("127.0.0.1:8127", 200)
	f("localhost:8127", 200)
	f("[::1]:8127", 200)
	f("::1", 200)
	f("hoofprint.localhost", 200)
	f("attacker.example:8127", 403)
	f("localhost.attacker.example", 403)
	f("192.168.1.5:8127", 403)
	f("", 403)
}

func TestAnswersAreZippedAndRevalidated(t *testing.T) {
	h := newHarness(t, nil)
	h.seed()
	path := "/api/v1/trace/69a42b000000000000000000000003e8"
	plain, body := h.get(path)
	zipped, packed := h.get(path, "Accept-Encoding", "br, gzip")
	if zipped.Header.Get("Content-Encoding") != "gzip" || plain.Header.Get("Content-Encoding") != "" {
		t.Fatalf("encodings %v and %v", zipped.Header, plain.Header)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(z); err != nil || !bytes.Equal(unpacked, body) {
		t.Fatalf("%v; the zipped answer differs", err)
	}
	if refused, _ := h.get(path, "Accept-Encoding", "gzip;q=0"); refused.Header.Get("Content-Encoding") != "" {
		t.Fatal("zipped against q=0")
	}
	again, empty := h.get(path, "If-None-Match", plain.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified || len(empty) != 0 {
		t.Fatalf("revalidation = %d with %d bytes", again.StatusCode, len(empty))
	}
	if live, _ := h.get("/api/v1/status"); live.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("status may be cached: %v", live.Header)
	}
}

func TestAQuestionEndsWithItsAsker(t *testing.T) {
	h := newHarness(t, nil)
	h.seed()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	before := h.memory.asked
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/api/v1/difference?sel=0,9e12,0,9e12", nil).WithContext(ctx))
	if w.Body.Len() != 0 || h.memory.asked > before+1 {
		t.Fatalf("%d questions answered for nobody, %d bytes written", h.memory.asked-before, w.Body.Len())
	}
}

func TestFirstRunEndsWithTheFirstSpan(t *testing.T) {
	h := newHarness(t, nil)
	first := func() bool { return ask[statusAnswer](h, "/api/v1/status").FirstRun }
	if !first() {
		t.Fatal("no first run on an empty store")
	}
	h.append(span.Span{TraceID: span.TraceID{Low: 1}, ID: 1, Start: clock.UnixNano()})
	if first() {
		t.Fatal("first run after a span")
	}
	h.memory.spans = nil // retention
	if first() {
		t.Fatal("first run again after the spans are gone")
	}
}

// UnmarshalJSON lets tests read answers back.
func (m *millis) UnmarshalJSON(data []byte) error {
	var ms float64
	if err := json.Unmarshal(data, &ms); err != nil {
		return err
	}
	*m = millis(int64(ms*1000+.5) * 1000)
	return nil
}

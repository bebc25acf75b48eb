package tell

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"hoofprint/internal/agentinfo"
	"hoofprint/internal/collector"
	"hoofprint/internal/ring"
	"hoofprint/internal/uses"
	"hoofprint/internal/waittest"
)

// agent keeps what it is told of uses.
type agent struct {
	*httptest.Server
	mu        sync.Mutex
	endpoints []string
	status    int
	posts     int
	store     *uses.Store
}

func newAgent(t *testing.T, endpoints ...string) *agent {
	t.Helper()
	store, err := uses.Open("", uses.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := &agent{endpoints: endpoints, status: 200, store: store}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *agent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	defer a.mu.Unlock()
	switch r.URL.Path {
	case "/info":
		_ = json.NewEncoder(w).Encode(map[string]any{"endpoints": a.endpoints})
	case uses.Endpoint:
		a.posts++
		report, err := uses.Decode(body)
		if err != nil {
			w.WriteHeader(400)
			return
		}
		if a.status < 300 {
			_ = a.store.Take(report)
		}
		w.WriteHeader(a.status)
	default:
		w.WriteHeader(404)
	}
}

func (a *agent) answers(status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status = status
}

func (a *agent) asked() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.posts
}

func (a *agent) count() (n int64) {
	for _, u := range a.store.Summary(uses.Filter{}).Uses {
		n += u.Count
	}
	return n
}

func kept(t *testing.T, dir string) (n int64) {
	t.Helper()
	got, _, err := uses.ReadFiles(Files(dir), uses.Filter{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range got.Uses {
		n += u.Count
	}
	return n
}

// lines counts those of a log.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) count(of string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), of)
}

func reporter(t *testing.T, dir string, change func(*Config)) (*Reporter, *lines) {
	t.Helper()
	log := &lines{}
	c := Config{Info: &agentinfo.Cache{}, Dir: dir, Log: slog.New(slog.NewTextHandler(log, nil)), Retry: 5 * time.Millisecond}
	if change != nil {
		change(&c)
	}
	r := New(c)
	t.Cleanup(func() { _ = r.Close() })
	return r, log
}

func process(t *testing.T, id, url string) collector.Process {
	t.Helper()
	p := collector.Process{PID: 1, Created: time.Now(), Description: ring.Description{Service: "web", Env: "prod", Version: "1", RuntimeID: id}}
	if url != "" {
		var err error
		if p.Agent, err = collector.NewAgent(url); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Agent.Close)
	}
	return p
}

func note(count int) []byte {
	return fmt.Appendf(nil, `{"bridge": true, "uses": [{"change": "span-set-tag-str", "name": "Span.set_tag_str", "file": "/srv/a.py", "line": 3, "function": "f", "count": %d}]}`, count)
}

func TestUsesReachTheAgentAndTheFile(t *testing.T) {
	a := newAgent(t, uses.Endpoint)
	dir := t.TempDir()
	r, _ := reporter(t, dir, nil)
	quiet := r.Follow(process(t, "q", a.URL))
	quiet.Note([]byte(`{"modules": ["flask"]}`))
	quiet.Close(true)
	if len(Files(dir)) != 0 || a.asked() != 0 {
		t.Fatal("a process without uses left something")
	}
	one, two := r.Follow(process(t, "a", a.URL)), r.Follow(process(t, "b", a.URL))
	one.Note(note(1))
	waittest.Until(t, "the first use is told", func() bool { return a.count() == 1 && kept(t, dir) == 1 })
	one.Note(note(10))
	two.Note(note(1))
	one.Note(note(17))
	one.Close(true)
	two.Close(true)
	if a.count() != 18 || kept(t, dir) != 18 {
		t.Fatal(a.count(), kept(t, dir))
	}
	s := a.store.Summary(uses.Filter{}).Services[0]
	if s.State != uses.InUse || s.Bridge == nil || s.Bridge.Processes != 2 {
		t.Fatalf("%+v", s)
	}
}

func TestAgentThatKnowsNoUsesIsToldNone(t *testing.T) {
	a := newAgent(t, "/v0.5/traces")
	dir := t.TempDir()
	r, log := reporter(t, dir, nil)
	f := r.Follow(process(t, "a", a.URL))
	f.Note(note(1))
	f.Note(note(5))
	f.Close(true)
	waittest.Until(t, "it is in the file", func() bool { return kept(t, dir) == 5 })
	if a.asked() != 0 || log.count("level=") != 0 {
		t.Fatal(a.asked(), log.text.String())
	}
}

func TestOutageOfTheAgent(t *testing.T) {
	a := newAgent(t, uses.Endpoint)
	a.answers(503)
	dir := t.TempDir()
	r, log := reporter(t, dir, nil)
	f := r.Follow(process(t, "a", a.URL))
	f.Note(note(1))
	waittest.Until(t, "more tries", func() bool { return a.asked() > 3 })
	f.Note(note(10))
	f.Close(true)
	if n := log.count("wait for the agent"); n != 1 {
		t.Fatalf("%d lines: %s", n, log.text.String())
	}
	a.answers(200)
	waittest.Until(t, "the uses of the outage", func() bool { return a.count() == 10 })
	waittest.Until(t, "that it is over", func() bool { return log.count("reach the agent again") == 1 })
}

// TestCollectorThatEndsDuringAnOutage: the next one tells what it left.
func TestCollectorThatEndsDuringAnOutage(t *testing.T) {
	a := newAgent(t, uses.Endpoint)
	a.answers(503)
	dir := t.TempDir()
	r, _ := reporter(t, dir, nil)
	ended, lives := r.Follow(process(t, "a", a.URL)), r.Follow(process(t, "b", a.URL))
	ended.Note(note(10))
	ended.Close(true)
	lives.Note(note(1))
	lives.Close(false)
	waittest.Until(t, "a try", func() bool { return a.asked() > 0 })
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	a.answers(200)
	r, _ = reporter(t, dir, nil)
	f := r.Follow(process(t, "b", a.URL))
	waittest.Until(t, "what was left", func() bool { return a.count() == 11 })
	f.Note(note(1)) // notes may come again
	f.Note(note(2))
	f.Close(true)
	if a.count() != 12 || kept(t, dir) != 12 {
		t.Fatal(a.count(), kept(t, dir))
	}
}

func TestAgentThatRefusesIsNotPestered(t *testing.T) {
	a := newAgent(t, uses.Endpoint)
	a.answers(400)
	dir := t.TempDir()
	r, log := reporter(t, dir, nil)
	f := r.Follow(process(t, "a", a.URL))
	f.Note(note(3))
	f.Close(true)
	if a.asked() != 1 || log.count("only in the file") != 1 || kept(t, dir) != 3 {
		t.Fatal(a.asked(), log.text.String())
	}
}

func TestAgentWithoutAnAddress(t *testing.T) {
	own := newAgent(t)
	dir := t.TempDir()
	r, _ := reporter(t, dir, func(c *Config) { c.Own = own.store.Take })
	f := r.Follow(process(t, "a", ""))
	f.Note(note(3))
	f.Close(true)
	if own.count() != 3 || kept(t, dir) != 3 {
		t.Fatal(own.count(), kept(t, dir))
	}
}

// TestDirectoryThatCannotBeWritten: the agent is told all the same.
func TestDirectoryThatCannotBeWritten(t *testing.T) {
	a := newAgent(t, uses.Endpoint)
	r, log := reporter(t, "/proc/nowhere", nil)
	f := r.Follow(process(t, "a", a.URL))
	f.Note(note(3))
	f.Close(true)
	if a.count() != 3 || log.count("not kept on this host") != 1 {
		t.Fatal(a.count(), log.text.String())
	}
}

// TestLivingProcessIsAskedAndSaidToLive: without either a service that never ends
// would seem to run without the bridge, or to have stopped its uses.
func TestLivingProcessIsAskedAndSaidToLive(t *testing.T) {
	a := newAgent(t, uses.Endpoint)
	r, _ := reporter(t, t.TempDir(), func(c *Config) { c.Beat = 10 * time.Millisecond })
	p := process(t, "a", a.URL)
	var mu sync.Mutex
	raised := 0
	p.Control = collector.NewControl(t.TempDir()+"/control", func() error {
		mu.Lock()
		defer mu.Unlock()
		raised++
		return nil
	})
	f := r.Follow(p)
	defer f.Close(true)
	f.Note([]byte(`{"bridge": true}`))
	waittest.Until(t, "it is asked", func() bool { mu.Lock(); defer mu.Unlock(); return raised > 2 })
	last := func() int64 {
		s := a.store.Summary(uses.Filter{}).Services
		if len(s) == 0 || s[0].Bridge == nil {
			return 0
		}
		return s[0].Bridge.Last
	}
	waittest.Until(t, "it is said to live", func() bool { return last() != 0 })
	before := last()
	waittest.Until(t, "it is said to live on", func() bool { return last() > before })
}

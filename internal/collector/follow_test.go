package collector

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"hoofprint/internal/ring"
	"hoofprint/internal/ring/ringtest"
	"hoofprint/internal/span"
	"hoofprint/internal/waittest"
)

// listener follows processes and remembers what it was told.
type listener struct {
	process Process

	mu     sync.Mutex
	notes  []string
	spans  []string
	closed []bool
}

func (l *listener) Note(note []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notes = append(l.notes, string(note))
}

func (l *listener) Span(s *span.Span) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spans = append(l.spans, s.Name)
}

func (l *listener) Close(ended bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = append(l.closed, ended)
}

// told gives copies of what was heard.
func (l *listener) told() (notes, spans []string, closed []bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.notes), slices.Clone(l.spans), slices.Clone(l.closed)
}

// listen is a Config.Follow that passes each listener on.
func listenTo(found chan<- *listener) []func(Process) Follower {
	return []func(Process) Follower{
		func(Process) Follower { return nil },
		func(p Process) Follower {
			l := &listener{process: p}
			found <- l
			return l
		},
	}
}

func readControl(t *testing.T, path string) map[string]any {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFollowerHearsItsProcess(t *testing.T) {
	dir := t.TempDir()
	d := ring.Description{Service: "web", RuntimeID: "ab", AgentURL: "http://localhost:1/p", Settings: map[string]string{"DD_TAGS": "a:b"}}
	w, err := ringtest.Create(dir, 64<<10, d)
	if err != nil {
		t.Fatal(err)
	}
	found := make(chan *listener, 9)
	_, stop := start(t, Config{RunDirs: []string{dir}, Route: routeTo(&memory{}), Follow: listenTo(found)})
	l := <-found
	if p := l.process; p.PID != os.Getpid() || !reflect.DeepEqual(p.Description, d) || p.Agent.URL() != d.AgentURL || p.Ended || p.Client.Lang != "python" {
		t.Fatalf("%+v", p)
	}
	w.Note([]byte(`{"modules":["a"]}`))
	writeSpan(w, 1<<32, 1)
	w.Note([]byte(`{"modules":["b"]}`))
	waittest.Until(t, "two notes and a span", func() bool {
		notes, spans, _ := l.told()
		return slices.Equal(notes, []string{`{"modules":["a"]}`, `{"modules":["b"]}`}) && slices.Equal(spans, []string{"child"})
	})
	if c, err := l.process.Counters(); err != nil || c.Finished != 1 || c.Bad != 0 {
		t.Fatal(c, err)
	}

	control := w.Path + ".control"
	change := func(raised uint32, f func(*Control) error) {
		t.Helper()
		if err := f(l.process.Control); err != nil {
			t.Fatal(err)
		}
		if got := w.Control(); got != raised {
			t.Fatalf("the control word is %d, want %d", got, raised)
		}
	}
	change(0, func(c *Control) error { return c.SetRates(nil) })
	change(0, func(c *Control) error { return c.SetRemote(json.RawMessage("{}")) })
	change(1, func(c *Control) error {
		return c.SetRates(map[string]float64{"service:web,env:": 0.25, "service:bad,env:": math.NaN()})
	})
	change(1, func(c *Control) error { return c.SetRates(map[string]float64{"service:web,env:": 0.25}) })
	change(2, func(c *Control) error { return c.SetRemote(json.RawMessage(`{"tracing_sampling_rate": 0.5}`)) })
	change(2, func(c *Control) error { return c.SetRemote(json.RawMessage(`{"tracing_sampling_rate":0.5}`)) })
	want := map[string]any{"rates": map[string]any{"service:web,env:": 0.25}, "remote": map[string]any{"tracing_sampling_rate": 0.5}}
	if got := readControl(t, control); !reflect.DeepEqual(got, want) {
		t.Fatalf("control file %v", got)
	}
	if st, err := os.Stat(control); err != nil || st.Mode().Perm() != 0o600 {
		t.Fatal(st, err)
	}
	if err := l.process.Control.SetRemote(json.RawMessage("nonsense")); err == nil {
		t.Fatal("nonsense was written")
	}
	if err := l.process.Control.SetRemote(json.RawMessage(`"` + strings.Repeat("x", maxControl) + `"`)); err == nil {
		t.Fatal("more was written than a process reads")
	}

	// A collector that stops leaves the file to the next one, which goes on from it.
	stop()
	if _, _, closed := l.told(); !slices.Equal(closed, []bool{false}) {
		t.Fatalf("closed %v", closed)
	}
	_, stop = start(t, Config{RunDirs: []string{dir}, Route: routeTo(&memory{}), Follow: listenTo(found)})
	l = <-found
	change(2, func(c *Control) error { return c.SetRates(map[string]float64{"service:web,env:": 0.25}) })
	change(3, func(c *Control) error { return c.SetRemote(nil) })
	if got := readControl(t, control); !reflect.DeepEqual(got["remote"], map[string]any{}) || got["rates"] == nil {
		t.Fatalf("control file %v", got)
	}
	stop()
}

func TestFollowerHearsOfTheEnd(t *testing.T) {
	dir := t.TempDir()
	found := make(chan *listener, 9)
	start(t, Config{RunDirs: []string{dir}, Route: routeTo(&memory{}), Follow: listenTo(found)})
	w := child(t, "writer", "TEST_DIR="+dir, "TEST_SPANS=10")
	l := <-found
	if err := l.process.Control.SetRates(map[string]float64{"service:,env:": 1}); err != nil {
		t.Fatal(err)
	}
	kill(t, w)
	waittest.Until(t, "the ring and its control file are gone", func() bool { return len(rings(t, dir)) == 0 })
	waittest.Until(t, "the follower is closed", func() bool {
		_, spans, closed := l.told()
		return slices.Equal(closed, []bool{true}) && len(spans) == 10
	})
	if err := l.process.Control.SetRates(nil); err != nil || len(rings(t, dir)) != 0 {
		t.Fatal("a late change was written", err)
	}
	if _, err := l.process.Counters(); err == nil {
		t.Fatal("the counters of a closed ring were read")
	}
}

// TestNotesDoNotHideSpans: a note is shorter than what a mark stands for.
func TestNotesDoNotHideSpans(t *testing.T) {
	dir := t.TempDir()
	w, err := ringtest.Create(dir, 64<<10, ring.Description{Service: "web"})
	if err != nil {
		t.Fatal(err)
	}
	open := span.Span{TraceID: span.TraceID{Low: 1}, ID: 1, ParentID: 2, Name: "waits", Service: "web"}
	w.Span(&open, 2, 0)
	for id := uint64(10); id < 40; id++ {
		w.Note([]byte("{}"))
		s := span.Span{TraceID: span.TraceID{Low: 1}, ID: id, ParentID: 2, Name: "child", Service: "web"}
		w.Span(&s, 2, 0)
	}
	// A collector that is killed once it has read all: what it leaves are marks.
	reader, err := ring.Open(w.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	m, err := openMarks(marksPath(w.Path), reader.Size(), reader.Created())
	if err != nil {
		t.Fatal(err)
	}
	recs, err := reader.Read(nil, 100)
	if err != nil || len(recs) != 61 {
		t.Fatal(len(recs), err)
	}
	l := ledger{commit: func(uint64) {}, marks: m}
	seq := l.add(recs)
	for i := range recs {
		if recs[i].Kind == ring.KindNote {
			l.done([]uint64{seq + uint64(i)})
		}
	}
	m.close()
	sink := &memory{}
	_, stop := start(t, Config{RunDirs: []string{dir}, Route: routeTo(sink)})
	root := span.Span{TraceID: span.TraceID{Low: 1}, ID: 2, Name: "root", Service: "web"}
	w.Span(&root, 2, ring.FlagLocalRoot|ring.FlagLast)
	waittest.Until(t, "all spans arrive", func() bool { n, _ := sink.counts(); return n == 32 })
	stop()
}

func TestControlOfAMemfd(t *testing.T) {
	dir := t.TempDir()
	fd, w := memfdRing(t)
	found := make(chan *listener, 9)
	c, stop := start(t, Config{RunDirs: []string{dir}, Route: routeTo(&memory{}), Follow: listenTo(found)})
	if err := c.attachFD(fd, dir, "7-memfd.ring"); err != nil {
		t.Fatal(err)
	}
	l := <-found
	if err := l.process.Control.SetRates(map[string]float64{"service:,env:": 1}); err != nil {
		t.Fatal(err)
	}
	if got := readControl(t, filepath.Join(dir, "7-memfd.ring.control")); got["rates"] == nil || w.Control() != 1 {
		t.Fatal(got, w.Control())
	}
	stop()
}

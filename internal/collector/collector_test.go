package collector

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hoofprint/internal/ring"
	"hoofprint/internal/ring/ringtest"
	"hoofprint/internal/span"
	"hoofprint/internal/waittest"
)

// TestMain lets the test binary also be a traced process, and a collector that
// can be killed.
func TestMain(m *testing.M) {
	switch os.Getenv("COLLECTOR_TEST_ROLE") {
	case "writer":
		writerProcess()
		return
	case "collector":
		collectorProcess()
		return
	}
	goleak.VerifyTestMain(m)
}

// writerProcess writes TEST_SPANS spans in traces of ten, prints "written" and
// waits to be killed, or for the end of its standard input.
func writerProcess() {
	n, _ := strconv.Atoi(os.Getenv("TEST_SPANS"))
	pause, _ := time.ParseDuration(os.Getenv("TEST_PAUSE"))
	w, err := ringtest.Create(os.Getenv("TEST_DIR"), 16<<20, ring.Description{
		Service: "web", Env: "test", LangVersion: "3.11.7", Interpreter: "CPython", TracerVersion: "4.16.0", AgentURL: os.Getenv("TEST_AGENT"),
		Settings: map[string]string{"DD_TRACE_STATS_COMPUTATION_ENABLED": os.Getenv("TEST_STATS")},
	})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	first := uint64(os.Getpid()) << 32
	if os.Getenv("TEST_OPEN") != "" {
		s := span.Span{TraceID: span.TraceID{High: 1, Low: first}, ID: first, Start: time.Now().UnixNano(), Name: "open", Service: "web", Resource: "GET /open"}
		w.Open(&s, s.ID)
	}
	for i := 1; i <= n; i++ {
		writeSpan(w, first, i)
		if pause > 0 && i%10 == 0 {
			time.Sleep(pause)
		}
	}
	fmt.Println("written", w.Dropped())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// writeSpan writes the ith span of a process whose ids begin behind first: nine
// children and then their root.
func writeSpan(w *ringtest.Writer, first uint64, i int) {
	root := first + uint64((i+9)/10*10)
	s := span.Span{
		TraceID: span.TraceID{High: 1, Low: root}, ID: first + uint64(i), ParentID: root,
		Start: time.Now().UnixNano(), Duration: 1000, Name: "child", Service: "web", Resource: "r" + strconv.Itoa(i%7),
		Tags: []span.Tag{{Key: "n", Value: strconv.Itoa(i)}},
	}
	var flags uint16
	if i%10 == 0 {
		s.ParentID, s.Name = 0, "root"
		s.Metrics = []span.Metric{{Key: span.KeySamplingPriority, Value: 1}}
		s.Tags = append(s.Tags, span.Tag{Key: span.KeyTraceIDHigh, Value: "0000000000000001"})
		flags = ring.FlagLocalRoot | ring.FlagLast
	}
	w.Span(&s, root, flags)
}

func collectorProcess() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c := New(Config{
		RunDirs: []string{os.Getenv("TEST_DIR")}, SpoolDir: os.Getenv("TEST_SPOOL"), FlushInterval: 20 * time.Millisecond,
		Ready: func() { fmt.Println("ready") },
	})
	if err := c.Run(ctx); err != nil {
		fmt.Println(err)
	}
}

// child starts this binary in a role and waits for its first line.
func child(t *testing.T, role string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), "COLLECTOR_TEST_ROLE="+role), env...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("%s said nothing: %v", role, err)
	}
	return cmd
}

// kill is kill -9.
func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}

// memory is a sink that remembers, and fails as told.
type memory struct {
	mu    sync.Mutex
	fail  error
	spans map[uint64]int // deliveries by span id
	all   []span.Chunk
	ids   map[string]bool
}

func (m *memory) Deliver(ctx context.Context, p span.Payload) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	if m.spans == nil {
		m.spans, m.ids = map[uint64]int{}, map[string]bool{}
	}
	if id := BatchID(ctx); id == "" || m.ids[id] {
		return errors.New("a batch without an id of its own: " + id)
	} else {
		m.ids[id] = true
	}
	for _, c := range p.Chunks {
		m.all = append(m.all, c)
		for i := range c.Spans {
			m.spans[c.Spans[i].ID]++
		}
	}
	return nil
}

func (m *memory) setFail(err error) {
	m.mu.Lock()
	m.fail = err
	m.mu.Unlock()
}

// counts gives how many spans arrived, and how many of them more than once.
func (m *memory) counts() (n, twice int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, times := range m.spans {
		if times > 1 {
			twice++
		}
	}
	return len(m.spans), twice
}

func (m *memory) chunks() []span.Chunk {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]span.Chunk(nil), m.all...)
}

func (m *memory) find(id uint64) (found span.Span, ok bool) {
	for _, c := range m.chunks() {
		for _, s := range c.Spans {
			if s.ID == id {
				return s, true
			}
		}
	}
	return span.Span{}, false
}

// eventually waits for a condition; how long it may take is no assertion.
// start runs a collector until the test ends, or stop is called.
func start(t *testing.T, cfg Config) (c *Collector, stop func()) {
	t.Helper()
	if cfg.SpoolDir == "" {
		cfg.SpoolDir = t.TempDir()
	}
	if cfg.FlushInterval == 0 {
		cfg.FlushInterval = 10 * time.Millisecond
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(testWriter{t}, nil))
	}
	ready := make(chan struct{})
	cfg.Ready = func() { close(ready) }
	c = New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	select {
	case <-ready:
	case err := <-ended:
		ended <- nil
		t.Fatalf("Run ended at once: %v", err)
	}
	return c, stop
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

func routeTo(s Sink) func(string) Sink { return func(string) Sink { return s } }

func rings(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.ring*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestKilledWriterLosesNothing(t *testing.T) {
	for round := range 20 {
		dir := t.TempDir()
		sink := &memory{}
		_, stop := start(t, Config{RunDirs: []string{dir}, Route: routeTo(sink)})
		w := child(t, "writer", "TEST_DIR="+dir, "TEST_SPANS=1000", "TEST_OPEN=1")
		kill(t, w)
		waittest.Until(t, "the ring is done with", func() bool { return len(rings(t, dir)) == 0 })
		n, twice := sink.counts()
		if n != 1001 || twice != 0 {
			t.Fatalf("round %d: %d of 1001 spans, %d of them twice", round, n, twice)
		}
		s, ok := sink.find(uint64(w.Process.Pid) << 32)
		if v, _ := s.Metric(span.KeyUnfinished); !ok || v != 1 || s.Error != 0 || s.Resource != "GET /open" || s.Duration <= 0 {
			t.Fatalf("the open span came as %+v", s)
		}
		stop()
	}
}

func TestRingOfADeadProcessIsFoundAtStart(t *testing.T) {
	dir := t.TempDir()
	kill(t, child(t, "writer", "TEST_DIR="+dir, "TEST_SPANS=100", "TEST_OPEN=1"))
	sink := &memory{}
	start(t, Config{RunDirs: []string{dir}, Route: routeTo(sink)})
	waittest.Until(t, "the ring is done with", func() bool { return len(rings(t, dir)) == 0 })
	if n, twice := sink.counts(); n != 101 || twice != 0 {
		t.Fatalf("%d of 101 spans, %d twice", n, twice)
	}
}

func TestManyRingsAtOnce(t *testing.T) {
	dir := t.TempDir()
	sink := &memory{}
	start(t, Config{RunDirs: []string{dir}, Route: routeTo(sink)})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "COLLECTOR_TEST_ROLE=writer", "TEST_DIR="+dir, "TEST_SPANS=500")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	waittest.Until(t, "all rings are done with", func() bool { return len(rings(t, dir)) == 0 })
	if n, twice := sink.counts(); n != 50*500 || twice != 0 {
		t.Fatalf("%d of %d spans, %d twice", n, 50*500, twice)
	}
}

func TestStoppedCollectorHandsOver(t *testing.T) {
	dir := t.TempDir()
	w, err := ringtest.Create(dir, 1<<20, ring.Description{Service: "web"})
	if err != nil {
		t.Fatal(err)
	}
	first := uint64(7) << 32
	sink := &memory{}
	_, stop := start(t, Config{RunDirs: []string{dir}, Route: routeTo(sink)})
	for i := 1; i <= 1005; i++ { // the last trace stays open
		writeSpan(w, first, i)
		if i == 3 {
			// Holds the tail back while all else is delivered.
			w.Span(&span.Span{TraceID: span.TraceID{Low: 99}, ID: 98, ParentID: 99, Name: "held", Service: "web"}, 99, 0)
		}
	}
	waittest.Until(t, "whole traces are delivered", func() bool { n, _ := sink.counts(); return n == 1000 })
	stop()
	if w.Tail() == w.Head() {
		t.Fatal("the spans of open traces were given up")
	}
	_, stop = start(t, Config{RunDirs: []string{dir}, Route: routeTo(sink)})
	for i := 1006; i <= 1010; i++ {
		writeSpan(w, first, i)
	}
	w.Span(&span.Span{TraceID: span.TraceID{Low: 99}, ID: 99, Name: "root", Service: "web"}, 99, 3)
	waittest.Until(t, "the rest arrives", func() bool { n, _ := sink.counts(); return n == 1012 })
	waittest.Until(t, "the ring is empty", func() bool { return w.Tail() == w.Head() })
	if _, twice := sink.counts(); twice != 0 {
		t.Fatalf("%d spans came twice", twice)
	}
	stop()
}

func TestSpansWaitOnDiskWhileTheAgentIsAway(t *testing.T) {
	dir, spool := t.TempDir(), t.TempDir()
	sink := &memory{fail: errors.New("nobody there")}
	_, stop := start(t, Config{RunDirs: []string{dir}, SpoolDir: spool, Route: routeTo(sink)})
	w := child(t, "writer", "TEST_DIR="+dir, "TEST_SPANS=2000")
	kill(t, w)
	// Spooled means safe: the ring may go.
	waittest.Until(t, "the ring is done with", func() bool { return len(rings(t, dir)) == 0 })
	// Half of the outage is a new collector's.
	stop()
	start(t, Config{RunDirs: []string{dir}, SpoolDir: spool, Route: routeTo(sink)})
	kill(t, child(t, "writer", "TEST_DIR="+dir, "TEST_SPANS=300"))
	waittest.Until(t, "the second ring is done with", func() bool { return len(rings(t, dir)) == 0 })
	if n, _ := sink.counts(); n != 0 {
		t.Fatal("a failing sink took spans")
	}
	sink.setFail(nil)
	waittest.Until(t, "all spans are delivered", func() bool { n, _ := sink.counts(); return n == 2300 })
	if _, twice := sink.counts(); twice != 0 {
		t.Fatalf("%d spans came twice", twice)
	}
	waittest.Until(t, "the spool is empty", func() bool {
		left, _ := filepath.Glob(filepath.Join(spool, "*", "*.seg"))
		return len(left) == 0
	})
}

func TestFullRingDropsAndGoesOn(t *testing.T) {
	dir := t.TempDir()
	w, err := ringtest.Create(dir, 64<<10, ring.Description{Service: "web"})
	if err != nil {
		t.Fatal(err)
	}
	first := uint64(7) << 32
	n := 0
	for w.Dropped() == 0 {
		n++
		writeSpan(w, first, n)
	}
	sink := &memory{}
	c, _ := start(t, Config{RunDirs: []string{dir}, Route: routeTo(sink)})
	whole := n / 10 * 10
	waittest.Until(t, "what was whole arrives", func() bool { got, _ := sink.counts(); return got >= whole-10 })
	if got := c.Stats().Dropped; got != w.Dropped() {
		t.Fatalf("%d dropped spans reported, not %d", got, w.Dropped())
	}
	dropped := w.Dropped()
	// Spans arrive before the ring is told that it may reuse their room.
	waittest.Until(t, "the ring has room", func() bool { return w.Head()-w.Tail() < 16<<10 })
	for i := 1; i <= 100; i++ {
		writeSpan(w, first+1<<20, i)
	}
	waittest.Until(t, "later spans arrive", func() bool { _, ok := sink.find(first + 1<<20 + 100); return ok })
	if w.Dropped() != dropped {
		t.Fatal("a drained ring still drops")
	}
}

func TestOpenSpansAreListed(t *testing.T) {
	dir := t.TempDir()
	c, _ := start(t, Config{RunDirs: []string{dir}, Route: routeTo(&memory{})})
	w, err := ringtest.Create(dir, 64<<10, ring.Description{Service: "web", Env: "prod"})
	if err != nil {
		t.Fatal(err)
	}
	s := span.Span{TraceID: span.TraceID{Low: 5}, ID: 6, ParentID: 5, Start: 77, Name: "job"}
	w.Open(&s, 5)
	waittest.Until(t, "the span is listed", func() bool { return len(c.Open()) == 1 })
	got := c.Open()[0]
	if got.Name != "job" || got.Resource != "job" || got.Service != "web" || got.Env != "prod" || got.PID != os.Getpid() || got.Start != 77 {
		t.Fatalf("%+v", got)
	}
	w.Finished(6)
	if open := c.Open(); len(open) != 0 {
		t.Fatalf("%+v", open)
	}
}

func TestElection(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	daemon := make(chan error, 1)
	ready := make(chan struct{})
	go func() {
		daemon <- New(Config{RunDirs: []string{dir}, SpoolDir: t.TempDir(), Route: routeTo(&memory{}), MayYield: true, Ready: func() { close(ready) }}).Run(ctx)
	}()
	<-ready
	if !Serving(ctx, dir) {
		t.Fatal("the collector does not answer")
	}
	if err := New(Config{RunDirs: []string{dir}, SpoolDir: t.TempDir()}).Run(ctx); !errors.Is(err, ErrHeld) {
		t.Fatalf("a second collector: %v", err)
	}
	// A server takes over, and keeps its place.
	c, stop := start(t, Config{RunDirs: []string{dir}, Route: routeTo(&memory{}), TakeOver: true})
	if err := <-daemon; err != nil {
		t.Fatalf("the daemon ended with %v", err)
	}
	if answer, err := ask(ctx, dir, lineYield); err != nil || answer != "no" {
		t.Fatalf("asked for its place the server said %q, %v", answer, err)
	}
	if answer, err := ask(ctx, dir, "hello 1-2.ring"); err != nil || answer != fmt.Sprintf("ok %d", os.Getpid()) {
		t.Fatalf("hello: %q, %v", answer, err)
	}
	if c.Stats().Hellos != 1 {
		t.Fatal("the hello was not counted")
	}
	stop()
	if Serving(ctx, dir) {
		t.Fatal("a stopped collector answers")
	}
}

// Whoever is told "ok" starts no collector of its own.
func TestEndingCollectorSaysNo(t *testing.T) {
	dir := t.TempDir()
	c := New(Config{RunDirs: []string{dir}, SpoolDir: t.TempDir()}) // as after Run
	l, err := listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go c.serveSocket(l, dir)
	for _, line := range []string{"hello 1-2.ring", linePing} {
		if answer, err := ask(context.Background(), dir, line); err != nil || answer != "no" {
			t.Errorf("%s: %q, %v", line, answer, err)
		}
	}
	if Serving(context.Background(), dir) {
		t.Error("it counts as serving")
	}
}

func TestIdleCollectorEnds(t *testing.T) {
	dir := t.TempDir()
	kill(t, child(t, "writer", "TEST_DIR="+dir, "TEST_SPANS=10"))
	sink := &memory{}
	err := New(Config{RunDirs: []string{dir}, SpoolDir: t.TempDir(), Route: routeTo(sink), IdleExit: 50 * time.Millisecond}).Run(context.Background())
	if n, _ := sink.counts(); err != nil || n != 10 {
		t.Fatalf("%d spans, %v", n, err)
	}
}

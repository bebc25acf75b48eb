package collector

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hoofprint/internal/ring"
	"hoofprint/internal/ring/ringtest"
	"hoofprint/internal/span"
	"hoofprint/internal/waittest"
)

// TestOpenTraceDoesNotFillTheRing: a trace that never ends must not keep the
// tail of its ring until that is full.
func TestOpenTraceDoesNotFillTheRing(t *testing.T) {
	dir := t.TempDir()
	w, err := ringtest.Create(dir, 64<<10, ring.Description{Service: "web"})
	if err != nil {
		t.Fatal(err)
	}
	sink := &memory{}
	start(t, Config{RunDirs: []string{dir}, Route: routeTo(sink)})
	w.Span(&span.Span{TraceID: span.TraceID{Low: 99}, ID: 98, ParentID: 99, Name: "held", Service: "web"}, 99, 0)
	first := uint64(7) << 32
	for i := 1; i <= 3000; i++ { // some eight rings full
		if i%100 == 0 {
			waittest.Until(t, "there is room", func() bool { return w.Head()-w.Tail() < 40<<10 })
		}
		writeSpan(w, first, i)
	}
	if w.Dropped() != 0 {
		t.Fatalf("%d spans were dropped", w.Dropped())
	}
	waittest.Until(t, "all arrive", func() bool { n, _ := sink.counts(); return n == 3001 })
	s, _ := sink.find(98)
	if v, _ := s.Metric(keyPartialFlush); v != 1 {
		t.Fatalf("the span of the open trace came as %+v", s)
	}
}

// TestMemoryIsBounded: while nothing can be delivered nor kept on disk, the ring
// holds what comes, and nothing is lost once there is a way.
func TestMemoryIsBounded(t *testing.T) {
	dir, spool := t.TempDir(), filepath.Join(t.TempDir(), "spool")
	if err := os.WriteFile(spool, nil, 0o600); err != nil { // a file: no directory can be made
		t.Fatal(err)
	}
	w, err := ringtest.Create(dir, 4<<20, ring.Description{Service: "web"})
	if err != nil {
		t.Fatal(err)
	}
	const n, limit = 20000, 256 << 10
	first := uint64(7) << 32
	for i := 1; i <= n; i++ {
		writeSpan(w, first, i)
	}
	sink := &memory{fail: errors.New("nobody there")}
	c, _ := start(t, Config{RunDirs: []string{dir}, SpoolDir: spool, Route: routeTo(sink), MaxBytes: limit})
	waittest.Until(t, "the bound is reached", func() bool { return c.used.Load() > limit })
	// One read may go beyond.
	if used := c.used.Load(); used > limit+readBatch*1024 {
		t.Fatalf("%d bytes are held", used)
	}
	if behind := w.Head() - w.Tail(); behind < 1<<20 {
		t.Fatalf("the ring holds %d bytes only", behind)
	}
	sink.setFail(nil)
	waittest.Until(t, "all arrive", func() bool { got, _ := sink.counts(); return got == n })
	if _, twice := sink.counts(); twice != 0 {
		t.Fatalf("%d spans came twice", twice)
	}
	waittest.Until(t, "the memory is free", func() bool { return c.used.Load() == 0 })
}

// memfdRing makes a ring of this process that is no file.
func memfdRing(t *testing.T) (fd int, w *ringtest.Writer) {
	t.Helper()
	fd, err := unix.MemfdCreate("ring", unix.MFD_CLOEXEC)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	startTime, err := ringtest.StartTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	w, err = ringtest.CreateFD(fd, os.Getpid(), startTime, 64<<10, ring.Description{Service: "web"})
	if err != nil {
		t.Fatal(err)
	}
	return fd, w
}

func TestMemfdRing(t *testing.T) {
	dir := t.TempDir()
	sink := &memory{}
	start(t, Config{RunDirs: []string{dir}, Route: routeTo(sink)})
	fd, w := memfdRing(t)
	for i := 1; i <= 10; i++ {
		writeSpan(w, 1<<32, i)
	}
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: filepath.Join(dir, socketName), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, _, err := conn.WriteMsgUnix([]byte("memfd 1-memfd.ring\n"), unix.UnixRights(fd), nil); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 64)
	n, err := conn.Read(answer)
	if err != nil || !strings.HasPrefix(string(answer[:n]), "ok ") {
		t.Fatalf("%q %v", answer[:n], err)
	}
	waittest.Until(t, "its spans arrive", func() bool { n, _ := sink.counts(); return n == 10 })
}

func TestSocketRefusesNonsense(t *testing.T) {
	dir := t.TempDir()
	c, _ := start(t, Config{RunDirs: []string{dir}, Route: routeTo(&memory{})})
	for _, line := range []string{"", "hello", "memfd x", "yield", strings.Repeat("x", 600)} {
		if answer, err := ask(t.Context(), dir, line); err == nil && answer != "no" {
			t.Errorf("%q was answered %q", line, answer)
		}
	}
	for _, name := range []string{"../../etc/passwd", "1-2.ring/../x", "1-2.ring"} {
		_, _ = ask(t.Context(), dir, "hello "+name)
	}
	if n := c.Stats().Rings; n != 0 {
		t.Errorf("%d rings", n)
	}
}

func TestRunDirOfOthersIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := New(Config{RunDirs: []string{dir}, SpoolDir: t.TempDir()}).Run(t.Context()); err == nil {
		t.Error("a directory that anybody can write to was taken")
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	if err := New(Config{RunDirs: []string{link}, SpoolDir: t.TempDir()}).Run(t.Context()); err == nil {
		t.Error("a symbolic link was taken")
	}
}

func TestBrokenRingsHarmNobodyElse(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "1-2.ring"), []byte("HOOFRING"), 0o600); err != nil {
		t.Fatal(err)
	}
	startTime, err := ringtest.StartTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	cut, err := ringtest.CreateFor(dir, os.Getpid(), startTime, 1, 64<<10, ring.Description{Service: "cut"})
	if err != nil {
		t.Fatal(err)
	}
	sink := &memory{}
	c, _ := start(t, Config{RunDirs: []string{dir}, Route: routeTo(sink)})
	waittest.Until(t, "the ring is read", func() bool { return c.Stats().Rings == 1 })
	if err := os.Truncate(cut.Path, 0); err != nil {
		t.Fatal(err)
	}
	waittest.Until(t, "the truncated ring is given up", func() bool { return c.Stats().Rings == 0 })
	w, err := ringtest.Create(dir, 64<<10, ring.Description{Service: "web"})
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= 10; i++ {
		writeSpan(w, 1<<32, i)
	}
	waittest.Until(t, "spans of another process arrive", func() bool { n, _ := sink.counts(); return n == 10 })
}

// TestRunDirThatIsRemoved: the rings that are mapped are read on, and new ones are
// found, by one collector only.
func TestRunDirThatIsRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	sink := &memory{}
	c, _ := start(t, Config{RunDirs: []string{dir}, Route: routeTo(sink)})
	w, err := ringtest.Create(dir, 64<<10, ring.Description{Service: "web"})
	if err != nil {
		t.Fatal(err)
	}
	waittest.Until(t, "the ring is read", func() bool { return c.Stats().Rings == 1 })
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= 10; i++ {
		writeSpan(w, 1<<32, i)
	}
	waittest.Until(t, "its spans arrive", func() bool { n, _ := sink.counts(); return n == 10 })
	waittest.Until(t, "the collector answers there again", func() bool { return Serving(t.Context(), dir) })
	if err := New(Config{RunDirs: []string{dir}, SpoolDir: t.TempDir()}).Run(t.Context()); !errors.Is(err, ErrHeld) {
		t.Errorf("a second collector: %v", err)
	}
	child(t, "writer", "TEST_DIR="+dir, "TEST_SPANS=10")
	waittest.Until(t, "spans of the new directory arrive", func() bool { n, _ := sink.counts(); return n == 20 })
}

// An idle daemon does not bring back a directory that was cleaned up.
func TestRunDirOfAnIdleDaemonStaysRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- New(Config{RunDirs: []string{dir}, SpoolDir: t.TempDir(), IdleExit: time.Hour, Ready: func() { close(ready) }}).Run(t.Context())
	}()
	<-ready
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("the directory is there again")
	}
}

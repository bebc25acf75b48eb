package collector

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hoofprint/internal/waittest"
)

// TestKilledCollectorLosesNothing kills collectors in mid-load, with an agent
// over HTTP. What was under way at a kill may come again, but then says so, and
// an agent that then looks has each span once.
func TestKilledCollectorLosesNothing(t *testing.T) {
	const writers, spans, kills = 3, 10000, 8 // spans of each writer
	dir, spool := t.TempDir(), t.TempDir()
	a := &agent{}
	srv := httptest.NewServer(a)
	defer srv.Close()
	env := []string{"TEST_DIR=" + dir, "TEST_SPOOL=" + spool}
	collector := child(t, "collector", env...)
	var done sync.WaitGroup
	for range writers {
		done.Go(func() {
			child(t, "writer", append(env, "TEST_AGENT="+srv.URL, "TEST_PAUSE=2ms", fmt.Sprintf("TEST_SPANS=%d", spans))...)
		})
	}
	for i := range kills {
		time.Sleep(time.Duration(50+37*i) * time.Millisecond)
		kill(t, collector)
		collector = child(t, "collector", env...)
	}
	done.Wait()
	const want = writers * spans
	waittest.Until(t, "every span arrives", func() bool { n, _ := a.counts(); return n == want })
	_, twice := a.counts()
	t.Logf("%d of %d spans came again over %d kills", a.repeated, want, kills)
	if twice != 0 {
		t.Errorf("%d spans came twice in payloads that did not say so", twice)
	}
}

// TestFailingAgent walks an agent through its bad days.
func TestFailingAgent(t *testing.T) {
	for _, status := range []int{500, 503, 429} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			dir, spool := t.TempDir(), t.TempDir()
			a := &agent{answer: func(*http.Request, int) int { return status }}
			srv := httptest.NewServer(a)
			defer srv.Close()
			start(t, Config{RunDirs: []string{dir}, SpoolDir: spool})
			kill(t, child(t, "writer", "TEST_DIR="+dir, "TEST_AGENT="+srv.URL, "TEST_SPANS=1000"))
			waittest.Until(t, "the spans are on disk", func() bool { return len(rings(t, dir)) == 0 })
			a.setAnswer(nil)
			waittest.Until(t, "every span arrives", func() bool { n, _ := a.counts(); return n == 1000 })
			if _, twice := a.counts(); twice != 0 {
				t.Errorf("%d spans came twice", twice)
			}
			waittest.Until(t, "the spool is empty", func() bool {
				left, _ := os.ReadDir(spool)
				return len(left) == 0
			})
		})
	}
}

// TestRefusingAgent: what an agent will never take must not block what it takes.
func TestRefusingAgent(t *testing.T) {
	dir := t.TempDir()
	a := &agent{answer: func(*http.Request, int) int { return http.StatusForbidden }}
	srv := httptest.NewServer(a)
	defer srv.Close()
	start(t, Config{RunDirs: []string{dir}})
	kill(t, child(t, "writer", "TEST_DIR="+dir, "TEST_AGENT="+srv.URL, "TEST_SPANS=100"))
	waittest.Until(t, "the ring is done with", func() bool { return len(rings(t, dir)) == 0 })
	a.setAnswer(nil)
	kill(t, child(t, "writer", "TEST_DIR="+dir, "TEST_AGENT="+srv.URL, "TEST_SPANS=100"))
	waittest.Until(t, "later spans arrive", func() bool { n, _ := a.counts(); return n == 100 })
}

// TestSlowAgentGetsEachPayloadOnce: an agent that answers late has the payload.
func TestSlowAgentGetsEachPayloadOnce(t *testing.T) {
	dir := t.TempDir()
	a := &agent{answer: func(*http.Request, int) int { time.Sleep(3 * time.Second); return 200 }}
	srv := httptest.NewServer(a)
	defer srv.Close()
	start(t, Config{RunDirs: []string{dir}})
	kill(t, child(t, "writer", "TEST_DIR="+dir, "TEST_AGENT="+srv.URL, "TEST_SPANS=1000"))
	waittest.Until(t, "every span arrives", func() bool { n, _ := a.counts(); return n == 1000 })
	if _, twice := a.counts(); twice != 0 {
		t.Errorf("%d spans came twice", twice)
	}
}

func TestLeftFilesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	stay := []string{"999999999-1.ring", "999999999-1.ring.done", "notes.done"}
	left := []string{".999999999-1.0badcafe.tmp", "999999999-2.ring.done"}
	for _, name := range append(stay, left...) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fresh := ".999999998-1.0badcafe.tmp" // of a process that may live in a container
	if err := os.WriteFile(filepath.Join(dir, fresh), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stay = append(stay, fresh)
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(dir, left[0]), old, old); err != nil {
		t.Fatal(err)
	}
	removeTemporary(dir)
	for _, name := range stay {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range left {
		if _, err := os.Stat(filepath.Join(dir, name)); !os.IsNotExist(err) {
			t.Errorf("%s is still there", name)
		}
	}
}

package collector

import (
	"os/exec"
	"runtime"
	"testing"

	"hoofprint/internal/ring"
	"hoofprint/internal/ring/ringtest"
	"hoofprint/internal/waittest"
)

// TestFiveHundredRings: as many programs as one host may run are read at once;
// nothing of them stays in memory.
func TestFiveHundredRings(t *testing.T) {
	const count, each = 500, 50
	dir := t.TempDir()
	sink := &memory{}
	_, stop := start(t, Config{RunDirs: []string{dir}, Route: routeTo(sink)})
	writers := make([]*ringtest.Writer, count)
	for n := range writers {
		program := exec.Command("sleep", "1000")
		if err := program.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = program.Process.Kill()
			_ = program.Wait()
		})
		startTime, err := ringtest.StartTime(program.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		if writers[n], err = ringtest.CreateFor(dir, program.Process.Pid, startTime, 0, 64<<10, ring.Description{Service: "web"}); err != nil {
			t.Fatal(err)
		}
	}
	var after [2]runtime.MemStats
	for round := range 2 {
		for i := 1; i <= each; i++ {
			for n, w := range writers {
				writeSpan(w, uint64(n+1)<<32|uint64(round)<<24, i)
			}
		}
		waittest.Until(t, "all spans arrive", func() bool { got, _ := sink.counts(); return got == count*each*(round+1) })
		sink.mu.Lock()
		sink.all = nil
		sink.mu.Unlock()
		waittest.Until(t, "all rings are empty", func() bool {
			for _, w := range writers {
				if w.Head() != w.Tail() {
					return false
				}
			}
			return true
		})
		runtime.GC()
		runtime.ReadMemStats(&after[round])
	}
	stop()
	if _, twice := sink.counts(); twice != 0 {
		t.Errorf("%d spans twice", twice)
	}
	// The sink remembers the ids of all, hence a little more.
	if grown := int64(after[1].HeapAlloc) - int64(after[0].HeapAlloc); grown > 30<<20 {
		t.Errorf("%d bytes more after twice the spans", grown)
	}
	for _, w := range writers {
		if w.Dropped() != 0 {
			t.Fatal("a ring was full")
		}
	}
}

// Package durability kills real processes: programs under the Python client and
// the collector that the client starts, with an agent that counts.
package durability

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hoofprint/internal/collector"
	"hoofprint/internal/span"
	"hoofprint/internal/wire/v04"
	"hoofprint/internal/wire/v05"
)

var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "durability")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "hoofprint")
	build := exec.Command("go", "build", "-o", binary, "../../cmd/hoofprint")
	build.Stderr = os.Stderr
	status := 1
	if err := build.Run(); err == nil {
		status = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(status)
}

// agent counts spans by name.
type agent struct {
	mu    sync.Mutex
	seen  map[uint64]span.Span
	twice int
}

func (a *agent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // its sender was killed
	}
	decode := v05.Decode
	if r.URL.Path == "/v0.4/traces" {
		decode = v04.Decode
	}
	chunks, err := decode(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range chunks {
		for _, s := range c.Spans {
			if _, ok := a.seen[s.ID]; ok {
				if r.Header.Get("Hoofprint-May-Repeat") == "" {
					a.twice++
				}
				continue
			}
			a.seen[s.ID] = s
		}
	}
	_, _ = io.WriteString(w, "{}")
}

func (a *agent) named(name string) (n, twice int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.seen {
		if s.Name == name {
			n++
		}
	}
	return n, a.twice
}

// host is a machine of its own: run directory, state, agent.
type host struct {
	t      *testing.T
	run    string
	agent  *agent
	server *httptest.Server
	env    []string
}

func newHost(t *testing.T, pure bool) *host {
	t.Helper()
	run, err := os.MkdirTemp("/dev/shm", "durability") // short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, run: run, agent: &agent{seen: map[uint64]span.Span{}}}
	h.server = httptest.NewServer(h.agent)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "DD_") && !strings.HasPrefix(kv, "HOOFPRINT_") && !strings.HasPrefix(kv, "PYTHON") {
			h.env = append(h.env, kv)
		}
	}
	h.env = append(h.env, "HOOFPRINT_RUN_DIR="+run, "XDG_STATE_HOME="+filepath.Join(run, "state"), "HOOFPRINT_BIN="+binary,
		"PYTHONPATH="+filepath.Join(root, "python"), "DD_TRACE_AGENT_URL="+h.server.URL)
	if pure {
		h.env = append(h.env, "HOOFPRINT_PURE=1")
	}
	t.Cleanup(func() {
		h.signalCollectors(syscall.SIGKILL)
		h.server.Close()
		os.RemoveAll(run)
	})
	return h
}

// python starts a program and waits for its first line.
func (h *host) python(program string) (*exec.Cmd, string) {
	h.t.Helper()
	cmd := exec.Command("python3", "-c", program)
	cmd.Env = h.env
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		h.t.Fatalf("the program said nothing: %v", err)
	}
	return cmd, strings.TrimSpace(line)
}

// collectors are the pids of the collectors of this host.
func (h *host) collectors() (pids []int) {
	names, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err == nil && strings.HasPrefix(string(b), binary+"\x00collect\x00--background=") && strings.Contains(string(b), "\x00--run-dir="+h.run+"\x00") {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			pids = append(pids, pid)
		}
	}
	return pids
}

func (h *host) signalCollectors(sig syscall.Signal) {
	for _, pid := range h.collectors() {
		_ = syscall.Kill(pid, sig)
	}
}

func (h *host) rings() []string {
	names, _ := filepath.Glob(filepath.Join(h.run, "*.ring"))
	return names
}

func (h *host) eventually(what string, ok func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(h.run, "state/hoofprint/collector.log"))
			n, _ := h.agent.named("load")
			h.t.Fatalf("never happened: %s (%d spans of the load, collectors %v, rings %v)\n%s", what, n, h.collectors(), h.rings(), log)
		}
	}
}

func both(t *testing.T, f func(t *testing.T, pure bool)) {
	t.Run("extension", func(t *testing.T) { f(t, false) })
	t.Run("pure", func(t *testing.T) { f(t, true) })
}

const thousand = `
from ddtrace.trace import tracer
import os, sys, time
for i in range(100):
    with tracer.trace("request", service="web", resource="GET /%d" % i):
        for k in range(9):
            with tracer.trace("request") as span:
                span.set_tag("i", str(i))
`

func TestKilledProgram(t *testing.T) {
	both(t, func(t *testing.T, pure bool) {
		h := newHost(t, pure)
		for round := 1; round <= 20; round++ {
			cmd, _ := h.python(thousand + `
with tracer.trace("running"):
    print("written", flush=True)
    time.sleep(60)
`)
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			h.eventually("all rings are done with", func() bool { return len(h.rings()) == 0 })
			n, twice := h.agent.named("request")
			open, _ := h.agent.named("running")
			if n != 1000*round || open != round || twice != 0 {
				t.Fatalf("round %d: %d of %d spans, %d open ones, %d twice", round, n, 1000*round, open, twice)
			}
		}
	})
}

func TestExitOfAForkedChild(t *testing.T) {
	both(t, func(t *testing.T, pure bool) {
		h := newHost(t, pure)
		cmd, _ := h.python(`
from ddtrace.trace import tracer
import os
with tracer.trace("parent"):
    pid = os.fork()
    if pid == 0:
        for i in range(1000):
            with tracer.trace("child"):
                pass
        os._exit(0)
    os.waitpid(pid, 0)
print("done", flush=True)
`)
		_ = cmd.Wait()
		h.eventually("all rings are done with", func() bool { return len(h.rings()) == 0 })
		child, twice := h.agent.named("child")
		parent, _ := h.agent.named("parent")
		if child != 1000 || parent != 1 || twice != 0 {
			t.Fatalf("%d spans of the child, %d of the parent, %d twice", child, parent, twice)
		}
	})
}

func TestKilledCollector(t *testing.T) {
	h := newHost(t, false)
	program := `
from ddtrace.trace import tracer
import time
tracer.trace("first").finish()
print("started", flush=True)
for i in range(2000):
    with tracer.trace("load"):
        for k in range(9):
            tracer.trace("load").finish()
    time.sleep(0.001)
time.sleep(60)
`
	h.python(program)
	for range 4 {
		time.Sleep(400 * time.Millisecond)
		h.eventually("a collector runs", func() bool { return len(h.collectors()) > 0 })
		h.signalCollectors(syscall.SIGKILL)
		// The next traced program starts another one.
		cmd, _ := h.python("from ddtrace.trace import tracer\ntracer.trace('other').finish()\nprint('ok')")
		_ = cmd.Wait()
	}
	h.eventually("every span arrives", func() bool { n, _ := h.agent.named("load"); return n == 20000 })
	if _, twice := h.agent.named("load"); twice != 0 {
		t.Errorf("%d spans came twice in payloads that did not say so", twice)
	}
}

func TestOneCollectorIsElected(t *testing.T) {
	h := newHost(t, false)
	var stubs sync.WaitGroup
	for range 8 {
		stubs.Go(func() {
			cmd := exec.Command(binary, "collect", "--daemon")
			cmd.Env = h.env
			if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	stubs.Wait()
	h.eventually("one is left", func() bool { return len(h.collectors()) == 1 })
	h.signalCollectors(syscall.SIGTERM)
	h.eventually("it ends", func() bool { return len(h.collectors()) == 0 })
	if _, err := os.Lstat(filepath.Join(h.run, "collector.sock")); !os.IsNotExist(err) {
		t.Error("its socket stays")
	}
}

// stub is what a program does that finds no collector.
func (h *host) stub() (output string, err error) {
	cmd := exec.Command(binary, "collect", "--daemon")
	cmd.Env = h.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestCollectorsKilledWhileTheyStart kills daemons at every stage of their start,
// with many programs starting at once. A stub that returns leaves a collector,
// or one that waits for the place of the one that was killed.
func TestCollectorsKilledWhileTheyStart(t *testing.T) {
	h := newHost(t, false)
	for round := range 10 {
		stop := make(chan struct{})
		var killer, stubs sync.WaitGroup
		killer.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Duration(round) * time.Millisecond):
					h.signalCollectors(syscall.SIGKILL)
				}
			}
		})
		for range 15 {
			stubs.Go(func() { _, _ = h.stub() })
		}
		stubs.Wait()
		close(stop)
		killer.Wait()
		if out, err := h.stub(); err != nil || out != "" {
			t.Fatalf("round %d: %v: %s", round, err, out)
		}
		h.eventually("a collector answers", h.answers)
	}
	h.eventually("one is left", func() bool { return len(h.collectors()) == 1 })
}

func TestStoppedCollector(t *testing.T) {
	h := newHost(t, false)
	if out, err := h.stub(); err != nil || out != "" {
		t.Fatalf("%v: %s", err, out)
	}
	h.signalCollectors(syscall.SIGSTOP)
	held := h.collectors()
	if out, err := h.stub(); err != nil || out != "" {
		t.Fatalf("beside a stopped collector: %v: %s", err, out)
	}
	for _, pid := range held {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	h.eventually("another takes its place", h.answers)
}

func TestCollectorThatCannotStay(t *testing.T) {
	h := newHost(t, false)
	if err := os.MkdirAll(filepath.Join(h.run, "collector.sock", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := h.stub(); err == nil || !strings.Contains(out, "collector.log says why") {
		t.Fatalf("%v: %s", err, out)
	}
	log, err := os.ReadFile(filepath.Join(h.run, "state/hoofprint/collector.log"))
	if err != nil || !strings.Contains(string(log), "collector.sock") {
		t.Fatalf("its log: %v: %s", err, log)
	}
}

func (h *host) answers() bool { return collector.Serving(h.t.Context(), h.run) }

func TestIdleCollectorEnds(t *testing.T) {
	h := newHost(t, false)
	cmd := exec.Command(binary, "collect", "--daemon", "--idle-exit=300ms")
	cmd.Env = h.env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	h.eventually("it ends", func() bool { return len(h.collectors()) == 0 })
}

package collector

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"hoofprint/internal/ring"
	"hoofprint/internal/ring/ringtest"
	"hoofprint/internal/span"
	"hoofprint/internal/waittest"
)

// lines is a log that remembers its messages.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(b))
	return len(b), nil
}

func (l *lines) count(text string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.all {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": 0, "2": 2 * time.Second, "0.5": 500 * time.Millisecond, "0": 0, "-1": 0, "NaN": 0, "1e99": maxRetryAfter, "nonsense": 0,
		"Mon, 02 Jan 2006 15:04:05 GMT": 0,
	} {
		if got := retryAfter(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	soon := retryAfter(time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat))
	if soon < 25*time.Second || soon > 30*time.Second {
		t.Errorf("a date in 30 s: %v", soon)
	}
	s := newShipper("http://a", &memory{}, nil, New(Config{SpoolDir: t.TempDir()}))
	s.away(&busy{after: 20 * time.Second, text: "429"})
	if wait := time.Until(s.outage.next); wait < 19*time.Second {
		t.Errorf("an agent that asked for 20 s is asked again in %v", wait)
	}
}

// TestOverloadedAgent: what an agent refused for a while arrives, in order, once,
// and the user reads one line of it.
func TestOverloadedAgent(t *testing.T) {
	for _, status := range []int{429, 503} {
		requests := 0
		a := &agent{answer: func(r *http.Request, _ int) int {
			if !strings.HasSuffix(r.URL.Path, "/traces") {
				return 404
			}
			if requests++; requests < 6 {
				return status
			}
			return 200
		}}
		srv := httptest.NewServer(a)
		log := &lines{}
		dir := t.TempDir()
		_, stop := start(t, Config{RunDirs: []string{dir}, Log: slog.New(slog.NewTextHandler(log, nil))})
		kill(t, child(t, "writer", "TEST_DIR="+dir, "TEST_AGENT="+srv.URL, "TEST_SPANS=1000", "TEST_PAUSE=5ms"))
		waittest.Until(t, "all spans arrive", func() bool { n, _ := a.counts(); return n == 1000 })
		stop()
		srv.Close()
		if _, twice := a.counts(); twice != 0 {
			t.Errorf("%d: %d spans came twice", status, twice)
		}
		if n, m := log.count("agent is away"), log.count("agent is back"); n > 1 || m != n {
			t.Errorf("%d: %d lines about the outage, %d about its end", status, n, m)
		}
	}
}

// TestConnectionsThatEndHalfway: an agent that takes the request and hangs up, or
// stops in the middle of its answer, gets the spans again, marked as such.
func TestConnectionsThatEndHalfway(t *testing.T) {
	for name, hangUp := range map[string]string{
		"no answer": "", "half a status line": "HTTP/1.1 2", "half a header": "HTTP/1.1 200 OK\r\nContent-Le",
	} {
		t.Run(name, func(t *testing.T) {
			a := &agent{}
			n := 0
			var mu sync.Mutex
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasSuffix(r.URL.Path, "/traces") {
					http.NotFound(w, r)
					return
				}
				mu.Lock()
				n++
				first := n == 1
				mu.Unlock()
				if !first {
					a.ServeHTTP(w, r)
					return
				}
				a.ServeHTTP(httptest.NewRecorder(), r)
				conn, _, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = conn.Write([]byte(hangUp))
				_ = conn.(*net.TCPConn).CloseWrite()
				_ = conn.Close()
			}))
			defer srv.Close()
			dir := t.TempDir()
			start(t, Config{RunDirs: []string{dir}})
			kill(t, child(t, "writer", "TEST_DIR="+dir, "TEST_AGENT="+srv.URL, "TEST_SPANS=100"))
			waittest.Until(t, "the ring is done with", func() bool { return len(rings(t, dir)) == 0 })
			if got, twice := a.counts(); got != 100 || twice != 0 || a.repeated == 0 {
				t.Errorf("%d spans, %d twice, %d repeated with notice", got, twice, a.repeated)
			}
		})
	}
}

// TestAnswerWithoutItsEnd: the status is an answer, whatever happens to the body.
func TestAnswerWithoutItsEnd(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"rate"))
		_ = conn.Close()
	}))
	defer srv.Close()
	if err := sinkFor(t, srv.URL, "v0.4").Deliver(t.Context(), payload(1, 1)); err != nil {
		t.Error(err)
	}
}

func TestIdleDaemonWaitsForAnAbsentAgent(t *testing.T) {
	away := httptest.NewServer(http.NotFoundHandler())
	url := away.URL
	away.Close()
	dir, spoolDir := t.TempDir(), t.TempDir()
	kill(t, child(t, "writer", "TEST_DIR="+dir, "TEST_AGENT="+url, "TEST_SPANS=100"))
	run := func(limit time.Duration) (time.Duration, error) {
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := New(Config{RunDirs: []string{dir}, SpoolDir: spoolDir, FlushInterval: 10 * time.Millisecond, IdleExit: 10 * time.Millisecond,
			SpoolExit: limit, Log: slog.New(slog.DiscardHandler)}).Run(ctx)
		return time.Since(began), errors.Join(err, ctx.Err())
	}
	if took, err := run(3 * time.Second); err != nil || took < 3*time.Second || len(spooledAgents(spoolDir)) != 1 {
		t.Fatalf("it ended after %v with %d spools, %v", took, len(spooledAgents(spoolDir)), err)
	}
	// An agent that comes back on the same address ends the wait.
	l, err := net.Listen("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Skip(err)
	}
	a := &agent{}
	srv := &http.Server{Handler: a}
	go func() { _ = srv.Serve(l) }()
	defer srv.Close()
	if _, err := run(time.Hour); err != nil {
		t.Fatal(err)
	}
	if n, twice := a.counts(); n != 100 || twice != 0 || len(spooledAgents(spoolDir)) != 0 {
		t.Errorf("%d spans, %d twice", n, twice)
	}
}

func TestPartialFlushFollowsTheSettings(t *testing.T) {
	for name, c := range map[string]struct {
		settings map[string]string
		want     int
	}{
		"default":  {nil, partialFlushSpans},
		"fewer":    {map[string]string{"DD_TRACE_PARTIAL_FLUSH_MIN_SPANS": "10"}, 10},
		"nonsense": {map[string]string{"DD_TRACE_PARTIAL_FLUSH_MIN_SPANS": "-3"}, partialFlushSpans},
		"off":      {map[string]string{"DD_TRACE_PARTIAL_FLUSH_ENABLED": "false", "DD_TRACE_PARTIAL_FLUSH_MIN_SPANS": "10"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			w, err := ringtest.Create(dir, 16<<20, ring.Description{Service: "web", Settings: c.settings})
			if err != nil {
				t.Fatal(err)
			}
			sink := &memory{}
			_, stop := start(t, Config{RunDirs: []string{dir}, Route: routeTo(sink)})
			const children = 650
			for id := uint64(2); id < children+2; id++ {
				s := span.Span{TraceID: span.TraceID{Low: 1}, ID: id, ParentID: 1, Name: "child", Service: "web", Start: int64(id)}
				w.Span(&s, 1, 0)
			}
			root := span.Span{TraceID: span.TraceID{Low: 1}, ID: 1, Name: "root", Service: "web"}
			w.Span(&root, 1, ring.FlagLocalRoot|ring.FlagLast)
			waittest.Until(t, "all spans arrive", func() bool { n, _ := sink.counts(); return n == children+1 })
			stop()
			next := uint64(2)
			for i, chunk := range sink.chunks() {
				last := next > children+1-uint64(len(chunk.Spans))
				if !last && len(chunk.Spans) != c.want {
					t.Fatalf("chunk %d of %d spans", i, len(chunk.Spans))
				}
				for j := range chunk.Spans {
					if id := chunk.Spans[j].ID; id == 1 {
						continue
					} else if !last && id != next+uint64(j) {
						t.Fatalf("chunk %d holds span %d, want %d", i, id, next+uint64(j))
					}
				}
				next += uint64(len(chunk.Spans))
			}
		})
	}
}

func TestWriterSettings(t *testing.T) {
	s := newShipper("http://a", &memory{}, nil, New(Config{SpoolDir: t.TempDir()}))
	for _, settings := range []map[string]string{
		{"DD_TRACE_WRITER_INTERVAL_SECONDS": "0.2", "DD_TRACE_WRITER_MAX_PAYLOAD_SIZE_BYTES": "1000000"},
		{"DD_TRACE_WRITER_INTERVAL_SECONDS": "5", "DD_TRACE_WRITER_MAX_PAYLOAD_SIZE_BYTES": "99000000"},
		{"DD_TRACE_WRITER_INTERVAL_SECONDS": "x", "DD_TRACE_WRITER_MAX_PAYLOAD_SIZE_BYTES": "-1"}, nil,
	} {
		s.tune(&ring.Description{Settings: settings})
	}
	if s.interval() != 200*time.Millisecond || s.maxBatch != 1000000 {
		t.Errorf("%v, %d bytes", s.interval(), s.maxBatch)
	}
	s.tune(&ring.Description{Settings: map[string]string{"DD_TRACE_WRITER_INTERVAL_SECONDS": "1e-9", "DD_TRACE_WRITER_MAX_PAYLOAD_SIZE_BYTES": "1"}})
	if s.interval() != minInterval || s.maxBatch != minPayload {
		t.Errorf("%v, %d bytes", s.interval(), s.maxBatch)
	}
}

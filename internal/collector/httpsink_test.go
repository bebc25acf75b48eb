package collector

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/v04"
	"hoofprint/internal/wire/v05"
)

// agent is an HTTP server in place of a Datadog Agent.
type agent struct {
	mu     sync.Mutex
	answer func(r *http.Request, size int) int // nil: 200
	spans  map[uint64]int
	// repeated counts spans left out because they were here, in payloads that
	// said that this may be.
	repeated int
	paths    []string
	headers  http.Header
}

func (a *agent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	a.paths = append(a.paths, r.URL.Path)
	a.headers = r.Header.Clone()
	if a.answer != nil {
		if status := a.answer(r, len(body)); status != 200 {
			http.Error(w, "no", status)
			return
		}
	}
	decode := v04.Decode
	if strings.HasSuffix(r.URL.Path, "/v0.5/traces") {
		decode = v05.Decode
	}
	chunks, err := decode(body)
	if err != nil {
		http.Error(w, err.Error(), 400)
		return
	}
	if a.spans == nil {
		a.spans = map[uint64]int{}
	}
	repeat := r.Header.Get("Hoofprint-May-Repeat") != ""
	for _, c := range chunks {
		for _, s := range c.Spans {
			if repeat && a.spans[s.ID] > 0 {
				a.repeated++
				continue
			}
			a.spans[s.ID]++
		}
	}
	_, _ = w.Write([]byte(`{"rate_by_service":{}}`))
}

func (a *agent) setAnswer(f func(r *http.Request, size int) int) {
	a.mu.Lock()
	a.answer = f
	a.mu.Unlock()
}

func (a *agent) counts() (n, twice int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, times := range a.spans {
		if times > 1 {
			twice++
		}
	}
	return len(a.spans), twice
}

func sinkFor(t *testing.T, url, apiVersion string) *HTTPSink {
	t.Helper()
	a, err := NewAgent(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return NewHTTPSink(a, apiVersion)
}

func payload(chunks, spans int) span.Payload {
	p := span.Payload{Client: span.Client{Lang: "python", LangVersion: "3.11.7", Interpreter: "CPython", TracerVersion: "4.16.0", ContainerID: "abc", ComputedTopLevel: true}}
	id := uint64(0)
	for range chunks {
		c := span.Chunk{Priority: 1}
		for range spans {
			id++
			c.Spans = append(c.Spans, span.Span{TraceID: span.TraceID{High: 1, Low: 2}, ID: id, Name: "n", Service: "s", Resource: "r"})
		}
		p.Chunks = append(p.Chunks, c)
	}
	return p
}

func TestSinkSpeaksAsAClient(t *testing.T) {
	a := &agent{}
	srv := httptest.NewServer(a)
	defer srv.Close()
	s := sinkFor(t, srv.URL+"/prefix/", "")
	if err := s.Deliver(withBatchID(context.Background(), "b-1"), payload(3, 2)); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"Content-Type": "application/msgpack", "X-Datadog-Trace-Count": "3", "Datadog-Meta-Lang": "python",
		"Datadog-Meta-Lang-Version": "3.11.7", "Datadog-Meta-Lang-Interpreter": "CPython", "Datadog-Meta-Tracer-Version": "4.16.0",
		"Datadog-Container-Id": "abc", "Datadog-Client-Computed-Top-Level": "true", "Datadog-Send-Real-Http-Status": "true",
		"Hoofprint-Batch-Id": "b-1",
	} {
		if got := a.headers.Get(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if a.paths[0] != "/prefix/v0.5/traces" || len(a.spans) != 6 {
		t.Fatalf("%v, %d spans", a.paths, len(a.spans))
	}
}

func TestSinkFallsBackToV04(t *testing.T) {
	for _, status := range []int{404, 415} {
		a := &agent{answer: func(r *http.Request, _ int) int {
			if r.URL.Path == "/v0.5/traces" {
				return status
			}
			return 200
		}}
		srv := httptest.NewServer(a)
		s := sinkFor(t, srv.URL, "v0.5")
		for range 2 {
			if err := s.Deliver(context.Background(), payload(1, 1)); err != nil {
				t.Fatal(err)
			}
		}
		if got := strings.Join(a.paths, " "); got != "/v0.5/traces /v0.4/traces /v0.4/traces" {
			t.Errorf("after %d: %s", status, got)
		}
		srv.Close()
	}
}

func TestSinkUsesV04WhereItMust(t *testing.T) {
	a := &agent{}
	srv := httptest.NewServer(a)
	defer srv.Close()
	p := payload(1, 1)
	p.Chunks[0].Spans[0].Structs = []span.Struct{{Key: "_llmobs", Value: []byte{0x80}}}
	if err := sinkFor(t, srv.URL, "").Deliver(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	if err := sinkFor(t, srv.URL, "v0.4").Deliver(context.Background(), payload(1, 1)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(a.paths, " "); got != "/v0.4/traces /v0.4/traces" {
		t.Fatal(got)
	}
}

func TestSinkReachesAUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "apm.socket")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	a := &agent{}
	srv := &http.Server{Handler: a}
	go func() { _ = srv.Serve(l) }()
	defer srv.Close()
	if err := sinkFor(t, "unix://"+path, "").Deliver(context.Background(), payload(1, 1)); err != nil || len(a.spans) != 1 {
		t.Fatal(err, len(a.spans))
	}
}

func TestSinkSplitsWhatIsTooLarge(t *testing.T) {
	a := &agent{answer: func(r *http.Request, size int) int {
		if size > 300 {
			return 413
		}
		return 200
	}}
	srv := httptest.NewServer(a)
	defer srv.Close()
	s := sinkFor(t, srv.URL, "v0.4")
	if err := s.Deliver(context.Background(), payload(3, 7)); err != nil {
		t.Fatal(err)
	}
	if n, twice := a.counts(); n != 21 || twice != 0 {
		t.Fatalf("%d spans, %d twice", n, twice)
	}
	var refused *Refused
	p := payload(1, 2)
	p.Chunks[0].Spans[0].Resource = strings.Repeat("x", 400)
	if err := s.Deliver(context.Background(), p); !errors.As(err, &refused) {
		t.Fatalf("a span that is too large: %v", err)
	}
	if a.spans[2] != 2 {
		t.Fatal("the span beside it did not arrive")
	}
}

func TestSinkTellsWhatASplitLeft(t *testing.T) {
	requests := 0
	a := &agent{answer: func(r *http.Request, size int) int {
		requests++
		switch requests {
		case 1:
			return 413
		case 2:
			return 200
		}
		return 503
	}}
	srv := httptest.NewServer(a)
	defer srv.Close()
	err := sinkFor(t, srv.URL, "v0.4").Deliver(context.Background(), payload(4, 1))
	var part *Partial
	if !errors.As(err, &part) || len(part.Rest.Chunks) != 2 || part.Rest.Chunks[0].Spans[0].ID != 3 {
		t.Fatalf("%v", err)
	}
}

func TestSinkJudgesAnswers(t *testing.T) {
	status := 0
	a := &agent{answer: func(*http.Request, int) int { return status }}
	srv := httptest.NewServer(a)
	defer srv.Close()
	s := sinkFor(t, srv.URL, "v0.4")
	for st, want := range map[int]string{
		200: "", 400: "refused", 403: "refused", 404: "refused",
		429: "away", 408: "away", 502: "away", 503: "away", 500: "server",
	} {
		status = st
		err := s.Deliver(context.Background(), payload(1, 1))
		var refused *Refused
		got := "away"
		switch {
		case err == nil:
			got = ""
		case errors.As(err, &refused):
			got = "refused"
		case errors.Is(err, errServer):
			got = "server"
		}
		if got != want {
			t.Errorf("%d: %q, want %q (%v)", st, got, want, err)
		}
	}
	srv.Close()
	if err := s.Deliver(context.Background(), payload(1, 1)); err == nil {
		t.Error("nobody there, and no error")
	}
}

func TestSinkTellsThatNobodyListens(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	s := sinkFor(t, srv.URL, "")
	if err := s.Deliver(t.Context(), payload(1, 1)); !errors.Is(err, errUnreached) || errors.Is(err, errUnanswered) {
		t.Errorf("got %v", err)
	}
}

func TestSinkRefusesBadAddresses(t *testing.T) {
	for _, url := range []string{"", "localhost:8126", "ftp://x", "http://", "unix://", ":", "http://[::1"} {
		if _, err := NewAgent(url); err == nil {
			t.Errorf("%q was taken", url)
		}
	}
}

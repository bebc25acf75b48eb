package intake

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/v04"
	"hoofprint/internal/wire/v05"
	"hoofprint/internal/wire/wiretest"
)

// fixture is a running intake that keeps what it is given.
type fixture struct {
	*Intake
	url  string
	mu   sync.Mutex
	got  []span.Payload
	fail error
	wait chan struct{} // if set, the handler waits for it
}

func (f *fixture) handle(_ context.Context, p span.Payload) error {
	if f.wait != nil {
		<-f.wait
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.got = append(f.got, p)
	return f.fail
}

func (f *fixture) payloads() []span.Payload {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.got
}

func run(t *testing.T, change func(f *fixture, c *Config)) *fixture {
	t.Helper()
	f := &fixture{}
	c := Config{Handler: f.handle, Address: "127.0.0.1:0", Version: "1.2.3", Hostname: "stable", Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(f, &c)
	}
	var err error
	if f.Intake, err = New(c); err != nil {
		t.Fatal(err)
	}
	f.url = f.Addresses()[0]
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- f.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return f
}

// send gives the status, body and headers of the answer. Headers come as
// alternating keys and values.
func (f *fixture) send(t *testing.T, method, path string, body []byte, headers ...string) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequest(method, f.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text), answer.Header
}

const ratesBody = `{"rate_by_service":{"service:,env:":1}}`

func TestTracesArriveThroughEachEndpoint(t *testing.T) {
	chunks := wiretest.Chunks(5, false)
	for _, c := range []struct {
		method, path string
		body         []byte
		answer       string
	}{
		{"POST", "/v0.3/traces", v04.Append(nil, chunks), "OK\n"},
		{"POST", "/v0.4/traces", v04.Append(nil, chunks), ratesBody},
		{"PUT", "/v0.4/traces", v04.Append(nil, chunks), ratesBody},
		{"POST", "/v0.5/traces", v05.Append(nil, chunks), ratesBody},
		{"PUT", "/v0.5/traces", v05.Append(nil, chunks), ratesBody},
	} {
		f := run(t, nil)
		status, body, header := f.send(t, c.method, c.path, c.body, "Content-Type", "application/msgpack",
			"Datadog-Meta-Lang", "python", "Datadog-Meta-Lang-Version", "3.11.7", "Datadog-Meta-Lang-Interpreter", "CPython",
			"Datadog-Meta-Tracer-Version", "4.16.0", "Datadog-Client-Computed-Top-Level", "yes",
			"Datadog-Client-Computed-Stats", "false", "Datadog-Client-Dropped-P0-Spans", "7",
			"Datadog-Client-Dropped-P0-Traces", "x", "Datadog-Entity-ID", "ci-abc")
		if status != 200 || body != c.answer {
			t.Errorf("%s %s: %d %q", c.method, c.path, status, body)
			continue
		}
		if header.Get("Datadog-Agent-Version") != "1.2.3" || header.Get("Datadog-Agent-State") != f.info.state {
			t.Errorf("%s %s: headers %v", c.method, c.path, header)
		}
		got := f.payloads()
		want := span.Client{Lang: "python", LangVersion: "3.11.7", Interpreter: "CPython", TracerVersion: "4.16.0",
			ContainerID: "abc", Hostname: "stable", ComputedTopLevel: true, DroppedSpans: 7}
		if len(got) != 1 || got[0].Client != want {
			t.Fatalf("%s %s: got %+v", c.method, c.path, got)
		}
		for i := range chunks {
			wiretest.SameChunk(t, got[0].Chunks[i], chunks[i])
		}
	}
}

func TestInfoMatchesTheState(t *testing.T) {
	f := run(t, nil)
	status, body, header := f.send(t, "GET", "/info", nil)
	if status != 200 || header.Get("Datadog-Agent-State") != "" {
		t.Fatalf("%d, headers %v", status, header)
	}
	if _, again, _ := f.send(t, "GET", "/info", nil); again != body {
		t.Fatal("the body is not stable")
	}
	sum := sha256.Sum256([]byte(body))
	if _, _, header = f.send(t, "POST", "/v0.4/traces", []byte{0x90}); header.Get("Datadog-Agent-State") != hex.EncodeToString(sum[:]) {
		t.Fatalf("state %q is not the hash of the body", header.Get("Datadog-Agent-State"))
	}
	var told struct {
		Endpoints     []string `json:"endpoints"`
		ClientDropP0s *bool    `json:"client_drop_p0s"`
	}
	if err := json.Unmarshal([]byte(body), &told); err != nil {
		t.Fatal(err)
	}
	if told.ClientDropP0s == nil || *told.ClientDropP0s {
		t.Error("clients would keep unsampled traces to themselves")
	}
	for _, path := range told.Endpoints {
		payload := []byte{0x90}
		if path == "/v0.5/traces" {
			payload = []byte{0x92, 0x90, 0x90}
		}
		if status, body, _ := f.send(t, "POST", path, payload); status != 200 {
			t.Errorf("announced endpoint %s answers %d %s", path, status, body)
		}
	}
	if n := f.Snapshot().Asked; n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
}

func TestServicesAreAnsweredAndOthersNot(t *testing.T) {
	f := run(t, nil)
	want := func(method, path string, status int) {
		t.Helper()
		if got, _, _ := f.send(t, method, path, nil); got != status {
			t.Errorf("%s %s: %d, want %d", method, path, got, status)
		}
	}
	for _, path := range []string{"/services", "/v0.1/services", "/v0.2/services", "/v0.3/services", "/v0.4/services"} {
		want("POST", path, 200)
	}
	want("POST", "/v0.6/stats", 404)
	want("POST", "/v1.0/traces", 404)
	want("POST", "/v0.7/config", 404)
	want("GET", "/v0.4/traces", 405)
}

func TestRatesAreSentOnce(t *testing.T) {
	f := run(t, nil)
	_, body, header := f.send(t, "POST", "/v0.4/traces", []byte{0x90}, headerRatesVersion, "none")
	version := header.Get(headerRatesVersion)
	if body != ratesBody || version == "" {
		t.Fatalf("%q, version %q", body, version)
	}
	if _, body, header = f.send(t, "POST", "/v0.4/traces", []byte{0x90}, headerRatesVersion, version); body != "{}" || header.Get(headerRatesVersion) != version {
		t.Fatalf("%q, version %q", body, header.Get(headerRatesVersion))
	}
	if _, body, header = f.send(t, "POST", "/v0.4/traces", []byte{0x90}); body != ratesBody || header.Get(headerRatesVersion) != "" {
		t.Fatalf("%q, version %q", body, header.Get(headerRatesVersion))
	}
}

func TestRefusals(t *testing.T) {
	good := v04.Append(nil, wiretest.Chunks(5, false))
	zip := func(b []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, _ = w.Write(b)
		_ = w.Close()
		return out.Bytes()
	}
	f := run(t, nil)
	refused := int64(0)
	want := func(name string, status int, text string, body []byte, headers ...string) {
		t.Helper()
		got, answer, _ := f.send(t, "POST", "/v0.4/traces", body, append(headers, "X-Datadog-Trace-Count", "2")...)
		if got != status || !strings.Contains(answer, text) {
			t.Errorf("%s: %d %q, want %d %q", name, got, answer, status, text)
		}
		if status != 200 {
			refused++
		}
		if s := f.Snapshot(); s.Refused != refused || s.RefusedChunks != 2*refused {
			t.Errorf("%s: counted %+v, want %d refused", name, s, refused)
		}
	}
	want("good", 200, "rate_by_service", good)
	want("gzip", 200, "rate_by_service", zip(good), "Content-Encoding", "gzip")
	want("truncated", 400, "unexpected-eof", good[:len(good)-3])
	want("empty", 400, "unexpected-eof", nil)
	want("garbage", 400, "decode v0.4 traces", []byte("hello"))
	want("truncated gzip", 400, "unexpected-eof", zip(good)[:40], "Content-Encoding", "gzip")
	want("no gzip", 400, "gzip", good, "Content-Encoding", "gzip")
	want("brotli", 415, "br", good, "Content-Encoding", "br")
	want("JSON", 415, "msgpack", []byte("[]"), "Content-Type", "application/json; charset=utf-8")
	want("cross-site", 403, "cross-site", good, "Sec-Fetch-Site", "cross-site")
	want("same-site", 200, "rate", good, "Sec-Fetch-Site", "same-origin")
	want("a gzip bomb", 413, "payload-too-large", zip(make([]byte, maxBody+1)), "Content-Encoding", "gzip")
	if n := len(f.payloads()); n != 3 {
		t.Errorf("%d payloads were handed on, want 3", n)
	}
}

func TestRefusesTooLargeBodies(t *testing.T) {
	f := run(t, nil)
	for _, known := range []bool{true, false} {
		r, _ := http.NewRequest("POST", f.url+"/v0.4/traces", io.LimitReader(zeros{}, maxBody+1))
		if known {
			r.ContentLength = maxBody + 1
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			continue // the server may hang up while we still send
		}
		answer.Body.Close()
		if answer.StatusCode != 413 {
			t.Errorf("length known %t: %d", known, answer.StatusCode)
		}
	}
	if s := f.Snapshot(); s.Refused != 2 || s.Payloads != 0 {
		t.Errorf("counted %+v", s)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestASlowClientTimesOut(t *testing.T) {
	f := run(t, func(_ *fixture, c *Config) { c.ReadTimeout = 50 * time.Millisecond })
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("POST /v0.4/traces HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123")); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 408 ")) {
		t.Fatalf("%q, %v", answer, err)
	}
}

func TestNothingIsAcknowledgedThatTheHandlerRefused(t *testing.T) {
	var log bytes.Buffer
	f := run(t, func(f *fixture, c *Config) {
		f.fail = errors.New("disk full")
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	chunks := wiretest.Chunks(5, false)
	status, body, _ := f.send(t, "POST", "/v0.5/traces", v05.Append(nil, chunks))
	if status != 503 || strings.Contains(body, "disk") {
		t.Fatalf("%d %q", status, body)
	}
	if s := f.Snapshot(); s.Failed != 1 || s.FailedSpans == 0 || s.Payloads != 0 || s.Spans != 0 {
		t.Fatalf("counted %+v", s)
	}
	_, _, _ = f.send(t, "POST", "/v0.5/traces", v05.Append(nil, chunks))
	if n := strings.Count(log.String(), "disk full"); n != 1 {
		t.Fatalf("%d lines about one outage:\n%s", n, log.String())
	}
}

func TestOverloadIsToldToThoseWhoAsk(t *testing.T) {
	wait := make(chan struct{})
	f := run(t, func(f *fixture, c *Config) {
		f.wait = wait
		c.Decoders = 1
		c.DecoderTimeout = time.Millisecond
	})
	payload := v04.Append(nil, wiretest.Chunks(5, false))
	first := make(chan int)
	go func() {
		r, _ := http.Post(f.url+"/v0.4/traces", "application/msgpack", bytes.NewReader(payload))
		if r == nil {
			first <- 0
			return
		}
		r.Body.Close()
		first <- r.StatusCode
	}()
	for len(f.turns) == 0 {
		time.Sleep(time.Millisecond)
	}
	status, body, _ := f.send(t, "POST", "/v0.4/traces", payload)
	if status != 200 || body != ratesBody {
		t.Errorf("without the header: %d %q", status, body)
	}
	status, body, _ = f.send(t, "POST", "/v0.4/traces", payload, "Datadog-Send-Real-Http-Status", "true")
	if status != 429 || body != ratesBody {
		t.Errorf("with the header: %d %q", status, body)
	}
	close(wait)
	if got := <-first; got != 200 {
		t.Errorf("the payload under work: %d", got)
	}
	if s := f.Snapshot(); s.Overloaded != 2 || s.Payloads != 1 {
		t.Errorf("counted %+v", s)
	}
}

func TestBodiesHeldAreBounded(t *testing.T) {
	f := run(t, nil)
	f.bodies.Add(maxBodies)
	payload := v04.Append(nil, wiretest.Chunks(5, false))
	if status, _, _ := f.send(t, "POST", "/v0.4/traces", payload, "Datadog-Send-Real-Http-Status", "1"); status != 429 {
		t.Errorf("%d", status)
	}
	f.bodies.Add(-maxBodies)
	if status, _, _ := f.send(t, "POST", "/v0.4/traces", payload); status != 200 {
		t.Errorf("%d", status)
	}
	if n := f.bodies.Load(); n != 0 {
		t.Errorf("%d bytes stay reserved", n)
	}
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "apm.socket")
	f := run(t, func(_ *fixture, c *Config) { c.Address, c.Socket = "", path })
	if stat, err := os.Stat(path); err != nil || stat.Mode().Perm() != socketMode {
		t.Fatalf("%v %v", stat, err)
	}
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
	answer, err := client.Post("http://agent/v0.4/traces", "application/msgpack", bytes.NewReader([]byte{0x90}))
	if err != nil || answer.StatusCode != 200 {
		t.Fatalf("%v %v", answer, err)
	}
	answer.Body.Close()
	client.CloseIdleConnections()
	if f.url != "unix://"+path {
		t.Errorf("address %q", f.url)
	}
	if _, err := New(Config{Handler: f.handle, Socket: path}); err == nil || !strings.Contains(err.Error(), "another agent") {
		t.Errorf("a served socket was taken over: %v", err)
	}
}

func TestUnixSocketReplacesOnlyWhatIsAbandoned(t *testing.T) {
	path := filepath.Join(t.TempDir(), "apm.socket")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	run(t, func(_ *fixture, c *Config) { c.Socket = path })

	file := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Handler: (&fixture{}).handle, Socket: file}); err == nil {
		t.Error("a plain file was taken over")
	}
}

func TestClientsAreRemembered(t *testing.T) {
	f := run(t, nil)
	now := time.Unix(1000, 0)
	f.clients.now = func() time.Time { return now }
	send := func(service string, pid float64) {
		t.Helper()
		now = now.Add(time.Second)
		s := span.Span{TraceID: span.TraceID{Low: 1}, ID: 1, Service: service, Metrics: []span.Metric{{Key: "process_id", Value: pid}}}
		if status, body, _ := f.send(t, "POST", "/v0.4/traces", v04.Append(nil, []span.Chunk{{Priority: span.PriorityNone, Spans: []span.Span{s}}}), "Datadog-Meta-Lang", "python"); status != 200 {
			t.Fatal(body)
		}
	}
	send("web", 1)
	send("web", 2)
	send("web", 1)
	got := f.Snapshot().Clients
	if len(got) != 2 || got[0].PID != 1 || got[0].Payloads != 2 || got[0].Service != "web" || got[0].Lang != "python" || !got[0].LastSeen.Equal(now) {
		t.Fatalf("%+v", got)
	}
	for pid := range maxClients {
		send("many", float64(pid+10))
	}
	got = f.Snapshot().Clients
	if len(got) != maxClients || got[len(got)-1].Service != "many" {
		t.Fatalf("%d clients, the oldest %+v", len(got), got[len(got)-1])
	}
}

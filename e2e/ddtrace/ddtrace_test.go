// Package ddtrace runs the unmodified ddtrace against the intake and the pipeline.
package ddtrace

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"hoofprint/internal/intake"
	"hoofprint/internal/pipeline"
	"hoofprint/internal/span"
)

// variable names a Python in a virtual environment with ddtrace 4.16, Flask and requests.
const variable = "HOOFPRINT_DDTRACE_PYTHON"

// capture keeps the payloads as golden files of the wire formats.
var capture = flag.String("capture", "", "directory to write the received payloads to")

// agent is an intake with a pipeline that keeps what it is given.
type agent struct {
	*intake.Intake
	url      string
	pipeline *pipeline.Pipeline
	mu       sync.Mutex
	spans    []span.Span
	payloads []span.Client
}

func serve(t *testing.T, socket string) *agent {
	t.Helper()
	a := &agent{}
	a.pipeline = pipeline.New(func(_ context.Context, spans []span.Span) error {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.spans = append(a.spans, spans...)
		return nil
	})
	config := intake.Config{Socket: socket, Version: "0", Hostname: "stable", Log: slog.New(slog.DiscardHandler),
		Handler: func(ctx context.Context, p span.Payload) error {
			a.mu.Lock()
			a.payloads = append(a.payloads, p.Client)
			a.mu.Unlock()
			return a.pipeline.Process(ctx, p)
		}}
	if socket == "" {
		config.Address = "127.0.0.1:0"
	}
	var err error
	if a.Intake, err = intake.New(config); err != nil {
		t.Fatal(err)
	}
	a.url = a.Addresses()[0]
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return a
}

// trace runs the application to its end, which sends all its spans.
func trace(t *testing.T, agentURL string, environment ...string) {
	t.Helper()
	python := os.Getenv(variable)
	if python == "" {
		t.Skipf("%s is not set: it names a Python that has ddtrace 4.16, Flask and requests", variable)
	}
	source, err := os.ReadFile("testdata/app.py")
	if err != nil {
		t.Fatal(err)
	}
	app := filepath.Join(t.TempDir(), "app.py")
	if err := os.WriteFile(app, source, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, filepath.Join(filepath.Dir(python), "ddtrace-run"), python, app)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DD_") {
			command.Env = append(command.Env, v)
		}
	}
	command.Env = append(command.Env, "DD_TRACE_AGENT_URL="+agentURL, "DD_SERVICE=shop", "DD_ENV=Test", "DD_VERSION=7",
		"DD_REMOTE_CONFIGURATION_ENABLED=false", "DD_INSTRUMENTATION_TELEMETRY_ENABLED=false", "DD_TRACE_STARTUP_LOGS=false")
	command.Env = append(command.Env, environment...)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("run the application: %v\n%s", err, output)
	}
	if bytes.Contains(output, []byte("failed to send")) || bytes.Contains(output, []byte("dropping")) {
		t.Errorf("the tracer complains:\n%s", output)
	}
}

func TestSpansOfTheUnmodifiedTracerArrive(t *testing.T) {
	for _, version := range []struct {
		name        string
		socket      bool
		environment []string
	}{
		{"v0.5", false, nil},
		{"v0.4", false, []string{"DD_TRACE_API_VERSION=v0.4"}},
		{"v0.4-native-events", false, []string{"DD_TRACE_API_VERSION=v0.4", "DD_TRACE_NATIVE_SPAN_EVENTS=true"}},
		{"v0.5-socket", true, nil},
	} {
		t.Run(version.name, func(t *testing.T) {
			socket := ""
			if version.socket {
				socket = filepath.Join(t.TempDir(), "apm.socket")
			}
			a := serve(t, socket)
			to := a.url
			if *capture != "" && !version.socket {
				to = record(t, a.url, filepath.Join(*capture, version.name))
			}
			trace(t, to, version.environment...)
			check(t, a)
		})
	}
}

func check(t *testing.T, a *agent) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.payloads {
		if c.Lang != "python" || c.TracerVersion != "4.16.0" || !c.ComputedTopLevel || c.ComputedStats {
			t.Errorf("client %+v", c)
		}
	}
	if s := a.pipeline.Snapshot(); len(s.DroppedChunks) > 0 || len(s.Mended) > 0 {
		t.Errorf("the pipeline dropped %v and mended %v", s.DroppedChunks, s.Mended)
	}
	if s := a.Snapshot(); s.Refused+s.Failed+s.Overloaded > 0 || s.Spans != int64(len(a.spans)) || s.Clients[0].PID == 0 {
		t.Errorf("the intake counted %+v", s)
	}
	byName := map[string][]span.Span{}
	for _, s := range a.spans {
		byName[s.Name] = append(byName[s.Name], s)
		if s.TraceID != a.spans[0].TraceID || s.TraceID.High == 0 {
			t.Errorf("%s is of trace %v, want that of the others", s.Name, s.TraceID)
		}
		for key, want := range map[string]string{"env": "test", "_dd.hostname": "stable"} {
			if got, _ := s.Tag(key); got != want {
				t.Errorf("%s: %s = %q, want %q", s.Name, key, got, want)
			}
		}
		if _, ok := s.Tag(span.KeyTraceIDHigh); ok {
			t.Errorf("%s keeps half a trace id as a tag", s.Name)
		}
	}
	for name, n := range map[string]int{"shop.everything": 1, "shop.linked": 1, "requests.request": 2, "flask.request": 2} {
		if len(byName[name]) != n {
			t.Fatalf("%d spans %s, want %d; all: %v", len(byName[name]), name, n, names(a.spans))
		}
	}
	root := byName["shop.everything"][0]
	if root.ParentID != 0 || root.Service != "shop-jobs" || root.Resource != "every \U0001f40e kind" || root.Type != "worker" {
		t.Errorf("root %+v", root)
	}
	if v, _ := root.Tag("text"); v != "naïve" {
		t.Errorf("text = %q", v)
	}
	for key, want := range map[string]float64{"number": 0.25, span.KeySamplingPriority: 1, span.KeyTopLevel: 1} {
		if got, _ := root.Metric(key); got != want {
			t.Errorf("%s = %v, want %v", key, got, want)
		}
	}
	failed := 0
	for _, s := range byName["flask.request"] {
		if s.Error == 1 {
			failed++
		}
	}
	if failed != 1 {
		t.Errorf("%d requests failed, want 1", failed)
	}
	raised := 0
	for _, s := range a.spans {
		if kind, _ := s.Tag(span.KeyErrorType); kind == "builtins.ValueError" && s.Error == 1 {
			raised++
		}
	}
	if raised == 0 {
		t.Error("no span tells of the ValueError")
	}
	linked := byName["shop.linked"][0]
	wantLinks := []span.Link{{TraceID: span.TraceID{High: 0x6740c1e800000000, Low: 0x4f1c09be77a2d310}, SpanID: 0x1122334455667788,
		TraceState: "dd=s:1", Attributes: []span.Tag{{Key: "count", Value: "2"}, {Key: "reason", Value: "retry"}}}}
	if got := sortedLinks(linked.Links); len(got) != 1 || got[0].Flags&1 != 1 || !reflect.DeepEqual(withoutFlags(got), wantLinks) {
		t.Errorf("links %+v, want %+v", got, wantLinks)
	}
	if len(linked.Events) != 1 || linked.Events[0].Name != "tick" || linked.Events[0].Time != 1700000000000000001 {
		t.Fatalf("events %+v", linked.Events)
	}
	want := map[string]any{"text": "x", "whole": int64(3), "part": 0.5, "yes": true, "list": []any{"a", "b"}}
	got := map[string]any{}
	for _, attribute := range linked.Events[0].Attributes {
		got[attribute.Key] = attribute.Value
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("attributes of the event %v, want %v", got, want)
	}
}

func names(spans []span.Span) []string {
	var out []string
	for _, s := range spans {
		out = append(out, s.Name)
	}
	return out
}

func sortedLinks(links []span.Link) []span.Link {
	for _, l := range links {
		a := l.Attributes
		for i := 1; i < len(a); i++ {
			for j := i; j > 0 && a[j].Key < a[j-1].Key; j-- {
				a[j], a[j-1] = a[j-1], a[j]
			}
		}
	}
	return links
}

func withoutFlags(links []span.Link) []span.Link {
	out := append([]span.Link(nil), links...)
	for i := range out {
		out[i].Flags = 0
	}
	return out
}

// record stands before the agent and writes the payloads to name-<n>.msgpack,
// with the place of the virtual environment replaced by one of the same length.
func record(t *testing.T, agentURL, name string) string {
	t.Helper()
	target, err := url.Parse(agentURL)
	if err != nil {
		t.Fatal(err)
	}
	place := filepath.Dir(filepath.Dir(os.Getenv(variable)))
	neutral := ("/opt/venv" + strings.Repeat("-", len(place)))[:len(place)]
	proxy := httputil.NewSingleHostReverseProxy(target)
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if strings.HasSuffix(r.URL.Path, "/traces") {
			n++
			clean := bytes.ReplaceAll(body, []byte(place), []byte(neutral))
			if err := os.WriteFile(fmt.Sprintf("%s-%d.msgpack", name, n), clean, 0o644); err != nil {
				t.Error(err)
			}
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

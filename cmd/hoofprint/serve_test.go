//go:build !slim

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"hoofprint/internal/ring"
	"hoofprint/internal/ring/ringtest"
	"hoofprint/internal/span"
	"hoofprint/internal/wire/v04"
)

// output is read while serve writes to it.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// started runs serve until stop is called.
func started(t *testing.T, o serveOptions) (page string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var out output
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, o, &out, slog.New(slog.DiscardHandler), leaveNothing) }()
	address := regexp.MustCompile(`http://\S+`)
	for page == "" {
		select {
		case err := <-ended:
			t.Fatalf("serve ended: %v", err)
		case <-time.After(5 * time.Millisecond):
			page = address.FindString(out.String())
		}
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("serve: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return page, stop
}

func ask(t *testing.T, url string, into any) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s", url, answer.Status)
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
}

type status struct {
	FirstRun bool `json:"first_run"`
	Intake   struct{ Addresses []string }
	Storage  struct{ Spans int }
}

func TestServeTakesInStoresAndShows(t *testing.T) {
	t.Setenv("HOOFPRINT_RUN_DIR", t.TempDir())
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	dir := t.TempDir()
	o := serveOptions{listen: "127.0.0.1:0", socket: dir + "/apm.socket", ui: "127.0.0.1:0", data: dir + "/data"}
	page, stop := started(t, o)
	var before status
	ask(t, page+"/api/v1/status", &before)
	if !before.FirstRun || len(before.Intake.Addresses) != 2 {
		t.Fatalf("at first %+v", before)
	}

	now := time.Now().UnixNano()
	id := span.TraceID{High: 0, Low: 77}
	payload := v04.Append(nil, []span.Chunk{{Priority: span.AutoKeep, Spans: []span.Span{
		{TraceID: id, ID: 1, Start: now, Duration: 5e6, Service: "web", Name: "web.request", Resource: "GET /", Type: "web"},
		{TraceID: id, ID: 2, ParentID: 1, Start: now + 1e6, Duration: 1e6, Service: "web", Name: "work", Resource: "work"},
	}}})
	request, err := http.NewRequest(http.MethodPut, before.Intake.Addresses[0]+"/v0.4/traces", bytes.NewReader(payload))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/msgpack")
	request.Header.Set("X-Datadog-Trace-Count", "1")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("PUT = %s", answer.Status)
	}

	look := func(page string) {
		t.Helper()
		var services struct {
			Services []struct {
				Name     string
				Requests int
				Identity any
			}
		}
		ask(t, page+"/api/v1/services", &services)
		if len(services.Services) != 1 || services.Services[0].Name != "web" || services.Services[0].Requests != 1 || services.Services[0].Identity == nil {
			t.Fatalf("services %+v", services)
		}
		var trace struct {
			Spans []struct{ Own int }
		}
		ask(t, page+"/api/v1/trace/"+id.String(), &trace)
		if len(trace.Spans) != 2 || trace.Spans[0].Own != 4e6 {
			t.Fatalf("trace %+v", trace)
		}
	}
	look(page) // acknowledged is visible

	if err := serve(context.Background(), serveOptions{ui: "127.0.0.1:0", data: o.data}, &output{}, slog.New(slog.DiscardHandler), leaveNothing); err == nil || !strings.Contains(err.Error(), "another") {
		t.Fatalf("a second serve on the same data: %v", err)
	}
	stop()
	page, _ = started(t, o)
	look(page)
	var after status
	ask(t, page+"/api/v1/status", &after)
	if after.FirstRun || after.Storage.Spans != 2 {
		t.Fatalf("after a restart %+v", after)
	}
}

func TestServeEndsWhenItCannotListen(t *testing.T) {
	t.Setenv("HOOFPRINT_RUN_DIR", t.TempDir())
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	first, _ := started(t, serveOptions{ui: "127.0.0.1:0", data: t.TempDir()})
	taken := strings.TrimPrefix(first, "http://")
	f := func(o serveOptions, word string) {
		t.Helper()
		t.Setenv("HOOFPRINT_RUN_DIR", t.TempDir())
		o.data = t.TempDir()
		err := serve(context.Background(), o, &output{}, slog.New(slog.DiscardHandler), leaveNothing)
		if err == nil || !strings.Contains(err.Error(), taken) || !strings.Contains(err.Error(), word) {
			t.Fatalf("%+v: %v", o, err)
		}
	}
	f(serveOptions{ui: taken}, "--ui")
	f(serveOptions{ui: "127.0.0.1:0", listen: taken}, "--listen")
}

func TestServeCollectsTheRingsOfItsHost(t *testing.T) {
	run := t.TempDir()
	t.Setenv("HOOFPRINT_RUN_DIR", run)
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	page, _ := started(t, serveOptions{listen: "127.0.0.1:0", ui: "127.0.0.1:0", data: t.TempDir()})
	var own struct{ Intake struct{ Addresses []string } }
	ask(t, page+"/api/v1/status", &own)
	// The process was told an address of this server under another name.
	agent := strings.Replace(own.Intake.Addresses[0], "127.0.0.1", "localhost", 1)
	w, err := ringtest.Create(run, 1<<20, ring.Description{Service: "web", AgentURL: agent, TracerVersion: "4.16.0"})
	if err != nil {
		t.Fatal(err)
	}
	s := span.Span{TraceID: span.TraceID{High: 1, Low: 2}, ID: 3, Start: time.Now().UnixNano(), Duration: 1000, Service: "web", Name: "job", Resource: "job"}
	if !w.Span(&s, s.ID, ring.FlagLocalRoot|ring.FlagLast) {
		t.Fatal("the ring is full")
	}
	var got struct {
		Intake struct {
			Clients []struct {
				Service, Via  string
				TracerVersion string `json:"tracer_version"`
			}
		}
		Storage struct{ Spans int }
	}
	for until := time.Now().Add(20 * time.Second); got.Storage.Spans == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("the span did not come")
		}
		ask(t, page+"/api/v1/status", &got)
	}
	if c := got.Intake.Clients; len(c) != 1 || c[0].Service != "web" || c[0].Via != "ring" || c[0].TracerVersion != "4.16.0" {
		t.Fatalf("clients %+v", c)
	}
}

func leaveNothing() error { return nil }

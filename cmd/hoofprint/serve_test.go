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
	go func() { ended <- serve(ctx, o, &out, slog.New(slog.DiscardHandler)) }()
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

	if err := serve(context.Background(), serveOptions{ui: "127.0.0.1:0", data: o.data}, &output{}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "another") {
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
		err := serve(context.Background(), o, &output{}, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), taken) || !strings.Contains(err.Error(), word) {
			t.Fatalf("%+v: %v", o, err)
		}
	}
	f(serveOptions{ui: taken}, "--ui")
	f(serveOptions{ui: "127.0.0.1:0", listen: taken}, "--listen")
}

package agentinfo

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type agent struct{ url string }

func (a agent) URL() string { return a.url }

func (a agent) NewRequest(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, method, a.url+path, body)
}

func (a agent) Do(req *http.Request) (*http.Response, error) { return http.DefaultClient.Do(req) }

// serve answers /info, and counts how often.
func serve(t *testing.T, answer http.HandlerFunc) (agent, *atomic.Int64) {
	t.Helper()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/info" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		asked.Add(1)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return agent{server.URL}, &asked
}

func TestAgentIsAskedOnce(t *testing.T) {
	a, asked := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"endpoints":["/v0.7/config","/telemetry/proxy/api/v2/"]}`)
	})
	var c Cache
	var tasks sync.WaitGroup
	for range 20 {
		tasks.Go(func() {
			for path, want := range map[string]bool{
				"/v0.7/config": true, "/telemetry/proxy/": true, "/v0.7": false, "/telemetry/proxy": false, "/other/": false,
			} {
				if got, err := c.Serves(t.Context(), a, path); got != want || err != nil {
					t.Errorf("%s: %v %v", path, got, err)
				}
			}
		})
	}
	tasks.Wait()
	if n := asked.Load(); n != 1 {
		t.Fatalf("asked %d times", n)
	}
}

func TestAnswersThatSayNothing(t *testing.T) {
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		fails  bool
	}{
		"no such page": {http.NotFound, false},
		"in trouble":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, true},
		"no JSON":      {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, true},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < MaxBody; i += 1024 {
				_, _ = w.Write(make([]byte, 1024))
			}
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			a, asked := serve(t, test.answer)
			var c Cache
			for range 3 {
				if got, err := c.Serves(t.Context(), a, "/x"); got || (err != nil) != test.fails {
					t.Fatal(got, err)
				}
			}
			if n := asked.Load(); n != 1 {
				t.Fatalf("asked %d times", n)
			}
		})
	}
}

// TestHasteOfOneIsNotTheOthers: an agent that hangs keeps nobody who cannot wait.
func TestHasteOfOneIsNotTheOthers(t *testing.T) {
	release := make(chan struct{})
	a, asked := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = io.WriteString(w, `{"endpoints":["/x"]}`)
	})
	var c Cache
	hasty, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.Serves(hasty, a, "/x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	close(release)
	if got, err := c.Serves(t.Context(), a, "/x"); !got || err != nil {
		t.Fatal(got, err)
	}
	if n := asked.Load(); n != 1 {
		t.Fatalf("asked %d times", n)
	}
}

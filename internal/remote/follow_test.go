package remote

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hoofprint/internal/agentinfo"
	"hoofprint/internal/collector"
	"hoofprint/internal/ring"
	"hoofprint/internal/waittest"
)

// agent serves remote configuration, or not.
type agent struct {
	mu        sync.Mutex
	endpoints []string
	status    int
	body      []byte
	polls     []map[string]any
}

func (a *agent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.URL.Path == "/info" {
		_ = json.NewEncoder(w).Encode(map[string]any{"endpoints": a.endpoints})
		return
	}
	var poll map[string]any
	_ = json.Unmarshal(body, &poll)
	a.polls = append(a.polls, poll)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

func (a *agent) set(status int, body []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status, a.body = status, body
}

func (a *agent) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.polls)
}

// told is what a process was given last: its control file.
type told struct{ path string }

func (o told) is(want string) func() bool {
	return func() bool {
		b, _ := os.ReadFile(o.path)
		var control struct{ Remote json.RawMessage }
		_ = json.Unmarshal(b, &control)
		return string(control.Remote) == want
	}
}

func follow(t *testing.T, a *agent, set map[string]string) (collector.Follower, told, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	way, err := collector.NewAgent(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(way.Close)
	o := told{filepath.Join(t.TempDir(), "control")}
	c := New(&agentinfo.Cache{}, slog.New(slog.DiscardHandler))
	if set == nil {
		set = map[string]string{"DD_REMOTE_CONFIG_POLL_INTERVAL_SECONDS": "0.05"}
	}
	control := collector.NewControl(o.path, func() error { return nil })
	f := c.Follow(collector.Process{
		PID: 1, Agent: way, Control: control, Created: time.Now(),
		Description: ring.Description{Service: "web", Env: "prod", Settings: set},
	})
	return f, o, server
}

func TestProcessIsGivenItsConfiguration(t *testing.T) {
	a := &agent{endpoints: []string{"/v0.7/config"}, status: 200, body: []byte("{}")}
	f, o, _ := follow(t, a, nil)
	defer f.Close(true)
	f.Note([]byte(`{"process_tags":"a:b,c:d"}`))
	waittest.Until(t, "a poll", func() bool { return a.count() > 1 })
	a.set(200, answer{version: 1, files: map[string]string{path("a"): lib("web", "prod", rate(.5))}}.body(t))
	waittest.Until(t, "the rate", o.is(rate(.5)))
	a.set(500, nil)
	n := a.count()
	waittest.Until(t, "more polls", func() bool { return a.count() > n+2 })
	if !o.is(rate(.5))() {
		t.Fatal("an agent in trouble cleared the configuration")
	}
	a.set(404, nil)
	waittest.Until(t, "it is cleared where the agent has no remote configuration any more", o.is(`{}`))
	a.set(200, answer{version: 1, files: map[string]string{path("a"): lib("web", "prod", rate(.6))}}.body(t))
	waittest.Until(t, "the rate again", o.is(rate(.6)))
	a.mu.Lock()
	defer a.mu.Unlock()
	tags := a.polls[len(a.polls)-1]["client"].(map[string]any)["client_tracer"].(map[string]any)["process_tags"]
	if b, _ := json.Marshal(tags); string(b) != `["a:b","c:d"]` {
		t.Fatal(string(b))
	}
}

func TestAgentWithoutRemoteConfigurationIsNotAsked(t *testing.T) {
	a := &agent{endpoints: []string{"/v0.5/traces"}, status: 200, body: []byte("{}")}
	_, _, server := follow(t, a, map[string]string{"DD_REMOTE_CONFIGURATION_ENABLED": "false"})
	way, err := collector.NewAgent(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer way.Close()
	one := &poller{c: New(&agentinfo.Cache{}, slog.New(slog.DiscardHandler)), client: newClient(&ring.Description{}, ""), last: "?"}
	one.p = collector.Process{Agent: way, Control: collector.NewControl(filepath.Join(t.TempDir(), "c"), func() error { return nil })}
	for range 3 {
		if err := one.poll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := a.count(); n != 0 {
		t.Fatalf("%d polls", n)
	}
}

func TestOffMeansOff(t *testing.T) {
	a := &agent{endpoints: []string{"/v0.7/config"}, status: 200, body: []byte("{}")}
	if f, _, _ := follow(t, a, map[string]string{"DD_REMOTE_CONFIGURATION_ENABLED": "false"}); f != nil {
		t.Fatal("a process that wants no remote configuration is followed")
	}
}

func TestInterval(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": defaultInterval, "0.5": 500 * time.Millisecond, "0": minInterval, "-1": defaultInterval, "x": defaultInterval, "nan": defaultInterval,
	} {
		set := map[string]string{}
		if text != "" {
			set["DD_REMOTE_CONFIG_POLL_INTERVAL_SECONDS"] = text
		}
		if got := interval(set); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := interval(map[string]string{"DD_REMOTECONFIG_POLL_SECONDS": "2"}); got != 2*time.Second {
		t.Errorf("by its older name: %s", got)
	}
}

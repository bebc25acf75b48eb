package telemetry

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hoofprint/internal/agentinfo"
	"hoofprint/internal/collector"
	"hoofprint/internal/ring"
	"hoofprint/internal/span"
	"hoofprint/internal/waittest"
)

// agent keeps what it is told.
type agent struct {
	mu        sync.Mutex
	endpoints []string
	status    int
	refused   int
	headers   []http.Header
	messages  []map[string]any
}

func (a *agent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.URL.Path == "/info" {
		_ = json.NewEncoder(w).Encode(map[string]any{"endpoints": a.endpoints})
		return
	}
	if a.status >= 300 {
		a.refused++
		w.WriteHeader(a.status)
		return
	}
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil || r.URL.Path != path {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a.headers = append(a.headers, r.Header.Clone())
	a.messages = append(a.messages, m)
	w.WriteHeader(http.StatusAccepted)
}

func (a *agent) set(status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status = status
}

// kinds of the events that came, batches taken apart.
func (a *agent) kinds() []string {
	var out []string
	for _, e := range a.events() {
		out = append(out, e.RequestType)
	}
	return out
}

func (a *agent) events() []event {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []event
	for _, m := range a.messages {
		if m["request_type"] != "message-batch" {
			out = append(out, event{m["request_type"].(string), m["payload"]})
			continue
		}
		for _, part := range m["payload"].([]any) {
			p := part.(map[string]any)
			out = append(out, event{p["request_type"].(string), p["payload"]})
		}
	}
	return out
}

// payload of the last event of a kind.
func (a *agent) payload(kind string) map[string]any {
	var out map[string]any
	for _, e := range a.events() {
		if e.RequestType == kind {
			out, _ = e.Payload.(map[string]any)
		}
	}
	return out
}

func newAgent(t *testing.T) (*agent, *collector.Agent) {
	t.Helper()
	a := &agent{endpoints: []string{"/v0.5/traces", "/telemetry/proxy/"}, status: 202}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	way, err := collector.NewAgent(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(way.Close)
	return a, way
}

func process(way *collector.Agent, set map[string]string) collector.Process {
	return collector.Process{
		PID: 1, StartTime: 2, Created: time.Now(), Agent: way,
		Description: ring.Description{
			Service: "web", Env: "prod", Version: "1", RuntimeID: "aabb", LangVersion: "3.11.7", Interpreter: "CPython",
			TracerVersion: "4.16.0", Hostname: "vm", Settings: set,
		},
		Counters: func() (ring.Counters, error) { return ring.Counters{Dropped: 3}, nil },
	}
}

func reporter() *Reporter { return New(&agentinfo.Cache{}, slog.New(slog.DiscardHandler)) }

// installed makes a folder of installed distributions.
func installed(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestSession(t *testing.T) {
	a, way := newAgent(t)
	dir := installed(t, map[string]string{
		"flask-3.1.3.dist-info/METADATA": "Metadata-Version: 2.1\nName: Flask\nVersion: 3.1.3\n\nName: wrong\n",
		"flask-3.1.3.dist-info/RECORD":   "flask/__init__.py,sha256=x,1\nflask-3.1.3.dist-info/METADATA,,\n../../bin/flask,,\n",
		"six-1.dist-info/METADATA":       "Name: six\nVersion: 1\n",
		"six-1.dist-info/RECORD":         "six.py,,\n",
	})
	r := reporter()
	p := process(way, map[string]string{"DD_TELEMETRY_HEARTBEAT_INTERVAL": "0.2"})
	var asked atomic.Int64
	p.Control = collector.NewControl(filepath.Join(t.TempDir(), "control"), func() error { asked.Add(1); return nil })
	f := r.Follow(p)
	f.Note(fmt.Appendf(nil, `{"path":[%q],"ancestors":[],"process_tags":"a:b","modules":["flask","sys"],
		"integrations":[{"name":"flask","module":"flask","enabled":true,"error":""},{"name":"odd","module":"odd","enabled":false,"error":"x"}],
		"configuration":[{"name":"DD_SERVICE","value":"web","origin":"env_var"},{"name":"DD_API_KEY","value":"SECRET","origin":"env_var"},
		{"name":"DD_TRACE_AGENT_URL","value":"http://u:SECRET@h:1/","origin":"env_var"},{"name":"OTEL_SERVICE_NAME","value":"o","origin":"env_var"},
		{"name":"DD_TRACE_DEBUG","value":"1","origin":"env_var"},{"name":"DD_TELEMETRY_HEARTBEAT_INTERVAL","value":"0.2","origin":"env_var"}]}`, dir))
	spans := f.(interface{ Span(*span.Span) })
	for range 3 {
		spans.Span(&span.Span{Tags: []span.Tag{{Key: "component", Value: "flask"}}})
	}
	spans.Span(&span.Span{})
	waittest.Until(t, "a heartbeat", func() bool { return slices.Contains(a.kinds(), "app-heartbeat") })
	if kinds := a.kinds(); kinds[0] != "app-started" {
		t.Fatalf("%q", kinds)
	}
	first := a.messages[0]
	app, _ := json.Marshal(first["application"])
	want := `{"env":"prod","language_name":"python","language_version":"3.11.7","process_tags":"a:b","runtime_name":"CPython","runtime_version":"3.11.7","service_name":"web","service_version":"1","tracer_version":"4.16.0"}`
	if string(app) != want || first["api_version"] != "v2" || first["runtime_id"] != "aabb" || first["seq_id"] != 1. {
		t.Fatalf("%s %v", app, first)
	}
	if h := a.headers[0]; h.Get("DD-Session-ID") != "aabb" || h.Get("DD-Telemetry-Request-Type") != "app-started" ||
		h.Get("DD-Telemetry-API-Version") != "v2" || h.Get("DD-Client-Library-Language") != "python" ||
		h.Get("DD-Client-Library-Version") != "4.16.0" || h.Get("DD-Root-Session-ID") != "" {
		t.Fatalf("%v", h)
	}
	if all, _ := json.Marshal(first); strings.Contains(string(all), "SECRET") {
		t.Fatal("a secret was told")
	}
	conf := map[string][]string{}
	for _, c := range a.payload("app-started")["configuration"].([]any) {
		m := c.(map[string]any)
		name := m["name"].(string)
		conf[name] = append(conf[name], fmt.Sprint(m["origin"], "=", m["value"]))
	}
	for name, want := range map[string][]string{
		"DD_SERVICE":                      {"default=<nil>", "otel_env_var=o", "env_var=web"},
		"DD_TRACE_DEBUG":                  {"default=false", "env_var=true"},
		"DD_TRACE_AGENT_URL":              {"default=<nil>", "env_var=http://h:1/"},
		"DD_TELEMETRY_HEARTBEAT_INTERVAL": {"default=60", "env_var=0.2"},
		"DD_API_KEY":                      nil,
		"DD_LOGS_INJECTION":               {"default=true"},
	} {
		if !reflect.DeepEqual(conf[name], want) {
			t.Errorf("%s: %q, want %q", name, conf[name], want)
		}
	}
	dependencies, _ := json.Marshal(a.payload("app-dependencies-loaded"))
	if string(dependencies) != `{"dependencies":[{"hash":null,"metadata":null,"name":"flask","version":"3.1.3"}]}` {
		t.Fatalf("%s", dependencies)
	}
	list, _ := json.Marshal(a.payload("app-integrations-change"))
	if string(list) != `{"integrations":[{"auto_enabled":true,"compatible":true,"enabled":true,"error":null,"name":"flask","version":"3.1.3"},`+
		`{"auto_enabled":true,"compatible":false,"enabled":false,"error":"x","name":"odd","version":null}]}` {
		t.Fatalf("%s", list)
	}
	waittest.Until(t, "metrics", func() bool { return a.payload("generate-metrics") != nil })

	// What comes later is told with a heartbeat, after which the process is asked for it.
	waittest.Until(t, "the process is asked", func() bool { return asked.Load() > 0 })
	f.Note([]byte(`{"modules":["six"],"configuration":[{"name":"DD_SERVICE","value":"other","origin":"code"}],"counts":[{"name":"integration_errors","tags":["a:b"],"value":2}]}`))
	waittest.Until(t, "the new module", func() bool {
		d, _ := json.Marshal(a.payload("app-dependencies-loaded"))
		return strings.Contains(string(d), "six")
	})
	changed, _ := json.Marshal(a.payload("app-client-configuration-change")["configuration"].([]any)[0])
	if !strings.Contains(string(changed), `"name":"DD_SERVICE","origin":"code"`) || !strings.Contains(string(changed), `"value":"other"`) {
		t.Fatalf("%s", changed)
	}
	f.Note([]byte(`{"configuration":[{"name":"DD_TRACE_ENABLED","value":"false","origin":"remote_config"}]}`))
	changes := func() string { b, _ := json.Marshal(a.payload("app-client-configuration-change")); return string(b) }
	waittest.Until(t, "the remote configuration", func() bool { return strings.Contains(changes(), "remote_config") })
	f.Note([]byte(`{"configuration":[{"name":"DD_TRACE_ENABLED","value":"true","origin":"code"}]}`))
	waittest.Until(t, "its end", func() bool { return strings.Contains(changes(), `"name":"DD_TRACE_ENABLED","origin":"default"`) })

	f.Close(true)
	kinds := a.kinds()
	if kinds[len(kinds)-1] != "app-closing" || len(slices.DeleteFunc(slices.Clone(kinds), func(k string) bool { return k != "app-started" })) != 1 {
		t.Fatalf("%q", kinds)
	}
	counts := map[string]float64{}
	for _, e := range a.events() {
		if e.RequestType != "generate-metrics" {
			continue
		}
		for _, one := range e.Payload.(map[string]any)["series"].([]any) {
			m := one.(map[string]any)
			for _, point := range m["points"].([]any) {
				counts[fmt.Sprint(m["metric"], m["tags"])] += point.([]any)[1].(float64)
			}
		}
	}
	if !reflect.DeepEqual(counts, map[string]float64{
		"spans_finished[integration_name:flask]": 3, "spans_finished[integration_name:datadog]": 1, "spans_created[integration_name:datadog]": 4,
		"integration_errors[a:b]": 2, "spans_dropped[reason:overfull_buffer]": 3,
	}) {
		t.Fatalf("%v", counts)
	}
	last := 0.
	for _, m := range a.messages {
		if m["seq_id"].(float64) != last+1 {
			t.Fatalf("message %v follows message %v", m["seq_id"], last)
		}
		last++
	}
}

// TestShortLife: a program that ends at once is told of in full.
func TestShortLife(t *testing.T) {
	a, way := newAgent(t)
	f := reporter().Follow(process(way, nil))
	f.Note([]byte(`{"path":[]}`))
	f.Close(true)
	if got := a.kinds(); !slices.Equal(got[:1], []string{"app-started"}) || got[len(got)-1] != "app-closing" {
		t.Fatalf("%q", got)
	}
}

// TestForkedChild goes on with what its parent has said.
func TestForkedChild(t *testing.T) {
	a, way := newAgent(t)
	f := reporter().Follow(process(way, nil))
	f.Note([]byte(`{"path":[],"ancestors":["root","parent"],"integrations":[{"name":"x","enabled":true}]}`))
	f.Close(true)
	if got := a.kinds(); !slices.Equal(got, []string{"app-integrations-change", "app-client-configuration-change", "generate-metrics"}) {
		t.Fatalf("%q", got)
	}
	if h := a.headers[0]; h.Get("DD-Root-Session-ID") != "root" || h.Get("DD-Parent-Session-ID") != "parent" {
		t.Fatalf("%v", h)
	}
}

func TestAgentThatIsAwayIsToldLater(t *testing.T) {
	a, way := newAgent(t)
	a.set(503)
	f := reporter().Follow(process(way, map[string]string{"DD_TELEMETRY_HEARTBEAT_INTERVAL": "0.1"}))
	f.Note([]byte(`{"path":[],"integrations":[{"name":"x","enabled":true}]}`))
	waittest.Until(t, "two attempts", func() bool { a.mu.Lock(); defer a.mu.Unlock(); return a.refused > 1 })
	a.set(202)
	waittest.Until(t, "all of it", func() bool {
		kinds := a.kinds()
		return len(kinds) > 2 && kinds[0] == "app-started" && slices.Contains(kinds, "app-integrations-change")
	})
	f.Close(true)
}

func TestNothingIsSentWhereItIsNotWanted(t *testing.T) {
	a, way := newAgent(t)
	if f := reporter().Follow(process(way, map[string]string{"DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false"})); f != nil {
		t.Fatal("a process that wants no telemetry is followed")
	}
	if f := reporter().Follow(process(nil, nil)); f != nil {
		t.Fatal("a process without an agent is followed")
	}
	a.endpoints = []string{"/v0.5/traces"}
	f := reporter().Follow(process(way, nil))
	f.Note([]byte(`{"path":[]}`))
	f.Close(true)
	if got := a.kinds(); len(got) != 0 {
		t.Fatalf("%q", got)
	}
}

func TestSwitches(t *testing.T) {
	a, way := newAgent(t)
	dir := installed(t, map[string]string{"a-1.dist-info/METADATA": "Name: a\nVersion: 1\n", "a-1.dist-info/top_level.txt": "a\n"})
	f := reporter().Follow(process(way, map[string]string{"DD_TELEMETRY_METRICS_ENABLED": "false", "DD_TELEMETRY_DEPENDENCY_COLLECTION_ENABLED": "0"}))
	f.Note(fmt.Appendf(nil, `{"path":[%q],"modules":["a"],"counts":[{"name":"x","value":1}]}`, dir))
	f.Close(true)
	if got := a.kinds(); !slices.Equal(got, []string{"app-started", "app-closing"}) {
		t.Fatalf("%q", got)
	}
}

// TestLaterCollector: one that was not told goes on with heartbeats.
func TestLaterCollector(t *testing.T) {
	a, way := newAgent(t)
	p := process(way, map[string]string{"DD_TELEMETRY_HEARTBEAT_INTERVAL": "0.1"})
	p.Created = time.Now().Add(-time.Hour)
	f := reporter().Follow(p)
	waittest.Until(t, "a heartbeat", func() bool { return slices.Contains(a.kinds(), "app-heartbeat") })
	f.Note([]byte(`{"ancestors":["root"]}`)) // when it is asked
	f.Close(true)
	if slices.Contains(a.kinds(), "app-started") || slices.Contains(a.kinds(), "app-closing") || a.messages[0]["seq_id"].(float64) < 3600 {
		t.Fatalf("%q, message %v", a.kinds(), a.messages[0]["seq_id"])
	}
}

func TestExtendedHeartbeat(t *testing.T) {
	a, way := newAgent(t)
	f := reporter().Follow(process(way, map[string]string{"DD_TELEMETRY_HEARTBEAT_INTERVAL": "0.1", "_DD_TELEMETRY_EXTENDED_HEARTBEAT_INTERVAL": "0.2"}))
	f.Note([]byte(`{"path":[],"integrations":[{"name":"x","enabled":true}]}`))
	waittest.Until(t, "an extended heartbeat", func() bool { return a.payload("app-extended-heartbeat") != nil })
	f.Close(true)
	all := a.payload("app-extended-heartbeat")
	if len(all["configuration"].([]any)) < 30 || len(all["integrations"].([]any)) != 1 || all["dependencies"] == nil {
		t.Fatalf("%v", all)
	}
}

func FuzzNote(f *testing.F) {
	f.Add([]byte(`{"path":["/"],"ancestors":["a"],"modules":["b"],"integrations":[{"name":"c"}],"configuration":[{"name":"DD_SERVICE","value":1,"origin":"env_var"}],"counts":[{"name":"d","tags":["e"],"value":1}]}`))
	f.Add([]byte(`{"configuration":[{"name":"x","value":null,"origin":"code"}],"process_tags":"a:b"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newSession(reporter(), process(nil, nil))
		n, err := parseNote(b)
		if err != nil {
			return
		}
		n.Path = slices.DeleteFunc(n.Path, func(string) bool { return true }) // nothing of this disk
		s.learn(&n)
		s.started = true
		s.changes()
		if _, err := json.Marshal(s.pending); err != nil {
			t.Fatal(err)
		}
	})
}

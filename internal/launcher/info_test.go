package launcher

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// agentThat answers /info with these endpoints.
func agentThat(t *testing.T, endpoints ...string) string {
	t.Helper()
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/info" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"version": "7.99.1", "endpoints": endpoints})
	}))
	t.Cleanup(agent.Close)
	return agent.URL
}

func infoOf(t *testing.T, variables []string, options ...string) (Info, string) {
	t.Helper()
	_, binary := installation(t)
	variables = append(variables, "HOME="+t.TempDir())
	r := launch(t, binary, variables, append(options, "--info", "--json")...)
	var info Info
	if err := json.Unmarshal([]byte(r.stdout), &info); err != nil || r.status != 0 {
		t.Fatalf("%v: %+v", err, r)
	}
	text := launch(t, binary, variables, append(options, "--info")...)
	if text.status != 0 || text.stderr != "" {
		t.Fatalf("%+v", text)
	}
	return info, text.stdout
}

func (info Info) setting(name string) string {
	for _, s := range append(info.Settings, info.Later...) {
		if s.Name == name {
			return fmt.Sprintf("%s from %s (%s)", s.Value, s.Source, s.Origin)
		}
	}
	return "not there"
}

func TestInfo(t *testing.T) {
	agent := agentThat(t, "/v0.4/traces", "/v0.7/config", "/telemetry/proxy/api/v2/apmtelemetry")
	info, text := infoOf(t, []string{
		"HOOFPRINT_RUN_DIR=" + t.TempDir(), "DD_TRACE_AGENT_URL=" + agent, "DD_SERVICE=web", "DD_SERVCE=typo",
		"DD_TRACE_PROPAGATION_STYLE=b3", "DD_TRACE_AGENT_PORT=eighty", "DD_API_KEY=topsecret", "DD_FLASK_COLLECT_VIEW_ARGS=false",
		"OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.5", "DD_TRACE_SAMPLE_RATE=0.1",
		"DD_FLASK_ANALYTICS_ENABLED=true", "DATADOG_SERVICE_NAME=old", "DD_TRACE_URLLIB3_ENABLED=true",
		"DD_PATCH_MODULES=flask:maybe,requets:true,django:true", "DD_DJANGO_INCLUDE_USER_NAME=false",
		"DD_TRACE_METHODS=shop:sell;:buy", "DD_TRACE_AGENT_TIMEOUT_SECONDS=soon", "HOOFPRINT_COMMAND=/usr/bin/ddtrace-run",
	})
	if !info.Agent.Reached || info.Agent.URL != agent || info.Agent.Version != "7.99.1" || info.Collector.Running || !info.Enabled {
		t.Errorf("agent %+v, collector %+v, enabled %v", info.Agent, info.Collector, info.Enabled)
	}
	if want := []string{"/v0.6/stats (statistics)"}; !slices.Equal(info.Agent.Lacks, want) {
		t.Errorf("the agent lacks %q, want %q", info.Agent.Lacks, want)
	}
	for name, want := range map[string]string{
		"DD_SERVICE":                        "web from DD_SERVICE (environment)",
		"DD_ENV":                            " from default (default)",
		"DD_TRACE_PROPAGATION_STYLE_INJECT": "b3 from DD_TRACE_PROPAGATION_STYLE (alias)",
		"DD_TRACE_AGENT_PORT":               "8126 from default (default)",
		"DD_TRACE_SAMPLING_RULES":           `[{"sample_rate":0.5}] from OTEL_TRACES_SAMPLER (opentelemetry)`,
		"DD_FLASK_COLLECT_VIEW_ARGS":        "false from DD_FLASK_COLLECT_VIEW_ARGS (environment)",
		"DD_API_KEY":                        "<hidden> from DD_API_KEY (environment)",
		"DD_DJANGO_INCLUDE_USER_NAME":       "false from DD_DJANGO_INCLUDE_USER_NAME (environment)",
		"DD_TRACE_SAMPLE_RATE":              "not there",
		"DD_TRACE_AGENT_TIMEOUT_SECONDS":    "2.0 from default (default)",
	} {
		if got := info.setting(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	unknown := map[string]string{}
	for _, u := range info.Unknown {
		unknown[u.Name] = u.DidYouMean + "|" + u.Removed
	}
	if len(unknown) != 4 || unknown["DD_SERVCE"] != "DD_SERVICE|" || unknown["DATADOG_SERVICE_NAME"] != "|set DD_SERVICE" ||
		!strings.Contains(unknown["DD_TRACE_SAMPLE_RATE"], "DD_TRACE_SAMPLING_RULES") ||
		!strings.Contains(unknown["DD_FLASK_ANALYTICS_ENABLED"], "App Analytics is gone") {
		t.Errorf("unknown: %q", unknown)
	}
	problems := strings.Join(info.Problems, "\n")
	for _, want := range []string{
		`DD_TRACE_AGENT_PORT="eighty" is not a port`, `"requets", which is no integration: did you mean requests?`,
		"names django, which is not traced yet", `"flask:maybe", which is neither true nor false: false is used`,
		`traces nothing: ":buy" is not of the form`,
	} {
		if !strings.Contains(problems, want) || !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, problems)
		}
	}
	if len(info.Problems) != 5 {
		t.Errorf("problems: %q", info.Problems)
	}
	on := map[string]bool{}
	for _, i := range info.Integrations {
		on[i.Name] = i.On
	}
	if on["flask"] || !on["requests"] || !on["urllib3"] || len(on) < 9 {
		t.Errorf("integrations: %v", on)
	}
	for _, want := range []string{
		"did you mean DD_SERVICE?", "answers, version 7.99.1; it lacks /v0.6/stats", "<hidden>",
		"(from DD_TRACE_PROPAGATION_STYLE)", "not running", "flask (DD_PATCH_MODULES)", "default: propagation",
		"DD_TRACE_SAMPLE_RATE is not read by version 4",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("--info does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text+fmt.Sprint(info), "topsecret") {
		t.Error("--info shows a secret")
	}
}

func TestInfoTakesNamesFromTags(t *testing.T) {
	info, _ := infoOf(t, []string{"HOOFPRINT_RUN_DIR=" + t.TempDir(), "DD_TRACE_AGENT_URL=http://127.0.0.1:1", "DD_ENV=dev",
		"OTEL_RESOURCE_ATTRIBUTES=service.name=shop,deployment.environment=prod,team=a"})
	for name, want := range map[string]string{
		"DD_SERVICE": "shop from OTEL_RESOURCE_ATTRIBUTES (opentelemetry)",
		"DD_ENV":     "dev from DD_ENV (environment)",
		"DD_VERSION": " from default (default)",
		"DD_TAGS":    "env:prod,service:shop,team:a from OTEL_RESOURCE_ATTRIBUTES (opentelemetry)",
	} {
		if got := info.setting(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestInfoHidesPasswords(t *testing.T) {
	_, text := infoOf(t, []string{"HOOFPRINT_RUN_DIR=" + t.TempDir(), "DD_TRACE_AGENT_URL=http://user:hunter2@127.0.0.1:1/x"})
	if strings.Contains(text, "hunter2") || !strings.Contains(text, "http://user:<hidden>@127.0.0.1:1/x: no answer") {
		t.Errorf("got %s", text)
	}
}

func TestInfoOfWhatIsSwitchedOff(t *testing.T) {
	info, text := infoOf(t, []string{"HOOFPRINT_RUN_DIR=" + t.TempDir(), "OTEL_TRACES_EXPORTER=none", "DD_TRACE_AGENT_URL=http://127.0.0.1:1"})
	if info.Enabled || !strings.Contains(text, "off (OTEL_TRACES_EXPORTER)") || info.Integrations[0].On {
		t.Errorf("enabled %v: %s", info.Enabled, text)
	}
}

func TestInfoCountsWhatWaitsOnDisk(t *testing.T) {
	state := t.TempDir()
	write(t, filepath.Join(state, "hoofprint", "spool", "agent", "000000000001.seg"), "12345", 0o600)
	info, text := infoOf(t, []string{"HOOFPRINT_RUN_DIR=" + t.TempDir(), "XDG_STATE_HOME=" + state, "DD_TRACE_AGENT_URL=http://127.0.0.1:1"})
	if info.Collector.SpoolFiles != 1 || info.Collector.SpoolBytes != 5 || !strings.Contains(text, "1 files with 5 bytes wait") {
		t.Errorf("%+v: %s", info.Collector, text)
	}
}

// A process in whose environment and control file there is something to tell.
func TestInfoOfARunningProcess(t *testing.T) {
	runDir := t.TempDir()
	process := exec.Command("sleep", "60")
	process.Env = []string{"DD_SERVICE=live", "DD_LOGS_INJECTION=true", "PATH=" + os.Getenv("PATH")}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = process.Process.Kill(); _ = process.Wait() }()
	pid := process.Process.Pid
	write(t, filepath.Join(runDir, fmt.Sprintf("%d-1.ring.control", pid)),
		`{"rates": {}, "remote": {"log_injection_enabled": false, "tracing_sampling_rate": 0.25, "tracing_tags": null}}`, 0o600)
	info, _ := infoOf(t, []string{"HOOFPRINT_RUN_DIR=" + runDir, "DD_SERVICE=mine"}, "--pid", fmt.Sprint(pid))
	for name, want := range map[string]string{
		"DD_SERVICE":              "live from DD_SERVICE (environment)",
		"DD_LOGS_INJECTION":       "false from remote (remote)",
		"DD_TRACE_SAMPLING_RULES": "0.25 from remote (remote)",
		"DD_TAGS":                 " from default (default)",
	} {
		if got := info.setting(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if info.PID != pid {
		t.Errorf("pid %d, want %d", info.PID, pid)
	}
}

package launcher

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test binary stand in for ddtrace-run, because a launcher
// that succeeds is replaced by the command.
func TestMain(m *testing.M) {
	if os.Getenv("LAUNCHER_UNDER_TEST") == "" {
		os.Exit(m.Run())
	}
	os.Unsetenv("LAUNCHER_UNDER_TEST")
	l := Launcher{
		Stdout: os.Stdout, Stderr: os.Stderr, Version: "v1.2.3",
		Executable: os.Getenv("LAUNCHER_EXECUTABLE"), Environ: os.Environ(),
	}
	os.Exit(l.Run(os.Args[1:]))
}

// installation makes a directory like a wheel's: the package, with a binary that records how it was called.
func installation(t *testing.T) (root, binary string) {
	t.Helper()
	root = t.TempDir()
	binary = filepath.Join(root, "ddtrace", "bin", "hoofprint")
	write(t, filepath.Join(root, "ddtrace", "bootstrap", "sitecustomize.py"), "", 0o644)
	write(t, binary, "#!/bin/sh\necho \"$@\" >>\"$HOOFPRINT_RUN_DIR/called\"\n", 0o755)
	return root, binary
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

type result struct {
	stdout, stderr string
	status, pid    int
}

func launch(t *testing.T, binary string, variables []string, args ...string) result {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self, args...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	command.Env = append([]string{
		"LAUNCHER_UNDER_TEST=1", "LAUNCHER_EXECUTABLE=" + binary, "PATH=" + os.Getenv("PATH"),
	}, variables...)
	if err := command.Run(); err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	return result{stdout.String(), stderr.String(), command.ProcessState.ExitCode(), command.ProcessState.Pid()}
}

func TestRunBecomesTheCommand(t *testing.T) {
	root, binary := installation(t)
	runDir := t.TempDir()
	r := launch(t, binary, []string{"HOOFPRINT_RUN_DIR=" + runDir, "PYTHONPATH=/mine"},
		"-d", "sh", "-c", `echo "$$ $PYTHONPATH $DD_TRACE_DEBUG $HOOFPRINT_BIN $1 $2"; exit 7`, "sh", "-h", "two words")
	pid, rest, _ := strings.Cut(strings.TrimSpace(r.stdout), " ")
	want := root + "/ddtrace/bootstrap:/mine true " + binary + " -h two words"
	if r.status != 7 || rest != want || r.stderr != "" {
		t.Errorf("got status %d, %q, errors %q; want 7, %q", r.status, rest, r.stderr, want)
	}
	if got := number(t, pid); got != r.pid {
		t.Errorf("the command ran as process %d, the launcher was %d", got, r.pid)
	}
	called, err := os.ReadFile(filepath.Join(runDir, "called"))
	if err != nil || string(called) != "collect --daemon\n" {
		t.Errorf("the collector was started with %q, %v", called, err)
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	var n int
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		t.Fatalf("%q is not a number", text)
	}
	return n
}

func TestOptionsAsTheReferenceTakesThem(t *testing.T) {
	_, binary := installation(t)
	for _, options := range [][]string{{"-dp"}, {"-p", "-d"}, {"--debug", "--profiling"}, {"--deb", "--prof", "-nc"}} {
		r := launch(t, binary, []string{"HOOFPRINT_RUN_DIR=" + t.TempDir()},
			append(options, "sh", "-c", `echo "$DD_TRACE_DEBUG $DD_PROFILING_ENABLED"`)...)
		if r.stdout != "true true\n" || r.status != 0 {
			t.Errorf("%q: %+v", options, r)
		}
	}
}

func TestRunLeavesARunningCollectorAlone(t *testing.T) {
	_, binary := installation(t)
	runDir := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(runDir, "collector.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go answer(listener, "ok 1\n")
	r := launch(t, binary, []string{"HOOFPRINT_RUN_DIR=" + runDir}, "true")
	if r.status != 0 || r.stderr != "" {
		t.Errorf("status %d, errors %q", r.status, r.stderr)
	}
	if _, err := os.Stat(filepath.Join(runDir, "called")); err == nil {
		t.Error("a second collector was started")
	}
}

// answer gives every connection the same answer, or hangs up.
func answer(listener net.Listener, text string) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = connection.Read(make([]byte, 64))
		_, _ = connection.Write([]byte(text))
		connection.Close()
	}
}

// A collector that is being killed, stopped or about to end still has its socket.
func TestRunStartsACollectorWhereNobodyAnswers(t *testing.T) {
	for name, serve := range map[string]func(net.Listener){
		"silent":    func(net.Listener) {},
		"hangs up":  func(l net.Listener) { answer(l, "") },
		"is ending": func(l net.Listener) { answer(l, "no\n") },
	} {
		t.Run(name, func(t *testing.T) {
			_, binary := installation(t)
			runDir := t.TempDir()
			listener, err := net.Listen("unix", filepath.Join(runDir, "collector.sock"))
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go serve(listener)
			if r := launch(t, binary, []string{"HOOFPRINT_RUN_DIR=" + runDir}, "true"); r.status != 0 || r.stderr != "" {
				t.Errorf("status %d, errors %q", r.status, r.stderr)
			}
			if _, err := os.Stat(filepath.Join(runDir, "called")); err != nil {
				t.Error("no collector was started")
			}
		})
	}
}

func TestRunStartsNothingWhenOff(t *testing.T) {
	_, binary := installation(t)
	runDir := t.TempDir()
	r := launch(t, binary, []string{"HOOFPRINT_RUN_DIR=" + runDir, "DD_TRACE_ENABLED=false"}, "true")
	if r.status != 0 || r.stderr != "" {
		t.Errorf("status %d, errors %q", r.status, r.stderr)
	}
	if entries, _ := os.ReadDir(runDir); len(entries) > 0 {
		t.Errorf("something was started: %v", entries)
	}
}

func TestRunSaysWhyItCannot(t *testing.T) {
	_, binary := installation(t)
	plain := filepath.Join(t.TempDir(), "plain")
	write(t, plain, "text", 0o644)
	noShebang := filepath.Join(t.TempDir(), "no-shebang")
	write(t, noShebang, "text", 0o755)
	wrongShebang := filepath.Join(t.TempDir(), "wrong-shebang")
	write(t, wrongShebang, "#!/no/such/python\n", 0o755)
	f := func(status int, message string, args ...string) {
		t.Helper()
		r := launch(t, binary, []string{"HOOFPRINT_RUN_DIR=" + t.TempDir()}, args...)
		if r.status != status || !strings.Contains(r.stderr, message) || strings.Count(r.stderr, "\n") > 40 {
			t.Errorf("%q: status %d, errors %q; want %d, %q", args, r.status, r.stderr, status, message)
		}
	}
	f(127, "cannot run no-such-program: no such program on the PATH", "no-such-program")
	f(127, "cannot run ./no-such-file: no such file", "./no-such-file")
	f(126, "cannot run "+plain+": it is not executable", plain)
	f(126, "not executable", "/")
	f(126, "neither a program", noShebang)
	f(126, "#! line does not exist", wrongShebang)
	f(2, "unknown option --bogus", "--bogus", "true")
	f(2, "unknown option -dx", "-dx", "true")
	script := filepath.Join(t.TempDir(), "app.py")
	write(t, script, "", 0o644)
	f(126, "did you mean ddtrace-run python "+script+" --port 1?", script, "--port", "1")
	f(2, "--pid needs the id of a process", "--pid", "me")
	f(1, "read the environment of process 2147483647: there is no such process", "--info", "--pid", "2147483647")
	f(1, "usage: ddtrace-run")
}

func TestRunGoesOnUntraced(t *testing.T) {
	root, binary := installation(t)
	runDir := t.TempDir()
	write(t, binary, "#!/bin/sh\necho no room >&2\nexit 3\n", 0o755)
	r := launch(t, binary, []string{"HOOFPRINT_RUN_DIR=" + runDir}, "echo", "ran")
	if r.status != 0 || r.stdout != "ran\n" || !strings.Contains(r.stderr, "exit status 3: no room") {
		t.Errorf("a failing collector: %+v", r)
	}
	r = launch(t, binary, []string{"HOOFPRINT_RUN_DIR=" + runDir, "HOOFPRINT_PYTHON=" + root + "/nowhere"}, "echo", "ran")
	if r.status != 0 || r.stdout != "ran\n" || !strings.Contains(r.stderr, "runs untraced: HOOFPRINT_PYTHON=") {
		t.Errorf("a missing package: %+v", r)
	}
}

func TestVersionAndHelp(t *testing.T) {
	_, binary := installation(t)
	if r := launch(t, binary, nil, "--version"); r.stdout != "ddtrace-run 4.16.0 (Hoofprint v1.2.3)\n" || r.status != 0 {
		t.Errorf("--version: %+v", r)
	}
	r := launch(t, binary, nil, "--help")
	for _, option := range []string{"--help", "--info", "--json", "--debug", "--profiling", "--version", "--colorless"} {
		if !strings.Contains(r.stdout, option) {
			t.Errorf("--help does not mention %s", option)
		}
	}
}

func TestInfoTellsWhyTheAgentIsAway(t *testing.T) {
	f := func(address, want string) {
		t.Helper()
		if got := askAgent(address).Error; !strings.Contains(got, want) {
			t.Errorf("askAgent(%s) = %q, want %q in it", address, got, want)
		}
	}
	teapot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(418) }))
	defer teapot.Close()
	f(teapot.URL, "answered 418")
	f("unix://"+t.TempDir()+"/none.socket", "no such file or directory")
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("<html>")) }))
	defer page.Close()
	f(page.URL, "not JSON: it is not an agent")
	f("localhost:8126", "must be http://host:port or unix:///path")
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	f(closed.URL, "connection refused; start `hoofprint serve`")
}

func TestAgentURL(t *testing.T) {
	f := func(want string, variables ...string) {
		t.Helper()
		if got := AgentURL(newEnvironment(variables).lookup); got != want {
			t.Errorf("%q: %s, want %s", variables, got, want)
		}
	}
	f("http://a:1", "DD_TRACE_AGENT_URL=http://a:1", "DD_AGENT_HOST=b")
	f("http://b:8126", "DD_AGENT_HOST=b")
	f("http://c:8126", "DD_AGENT_HOST=b", "DD_TRACE_AGENT_HOSTNAME=c")
	f("http://localhost:99", "DD_TRACE_AGENT_PORT=99")
	f("http://localhost:98", "DD_AGENT_PORT=98")
	f("http://localhost:98", "DD_AGENT_PORT=98", "DD_TRACE_AGENT_PORT=port")
	f("http://[::1]:99", "DD_AGENT_HOST=::1", "DD_TRACE_AGENT_PORT=99")
}

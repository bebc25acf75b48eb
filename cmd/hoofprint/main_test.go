//go:build !slim

package main

import (
	"bytes"
	"errors"
	"flag"
	"net"
	"strings"
	"testing"
	"time"
)

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := env[name]; return v, ok }
}

func TestServeOptions(t *testing.T) {
	t.Setenv("HOOFPRINT_RUN_DIR", "/run/a")
	f := func(args string, env map[string]string, check func(serveOptions) bool) {
		t.Helper()
		o, err := parseServeOptions(strings.Fields(args), lookup(env), &bytes.Buffer{})
		if err != nil || !check(o) {
			t.Fatalf("%s with %v = %+v, %v", args, env, o, err)
		}
	}
	home := map[string]string{"HOME": "/home/a"}
	f("", home, func(o serveOptions) bool {
		return o == serveOptions{"127.0.0.1:8126", "/run/a/apm.socket", "127.0.0.1:8127", "/home/a/.local/share/hoofprint", 14 * 24 * time.Hour, 20e9}
	})
	f("", map[string]string{"HOME": "/home/a", "XDG_DATA_HOME": "/data"}, func(o serveOptions) bool { return o.data == "/data/hoofprint" })
	f("--retention 36h --max-bytes 1.5GiB --listen off --socket off", home, func(o serveOptions) bool {
		return o.retention == 36*time.Hour && o.maxBytes == 3<<29 && o.listen == "" && o.socket == ""
	})
	env := map[string]string{"HOME": "/home/a", "HOOFPRINT_MAX_BYTES": "500MB", "HOOFPRINT_UI": ":9", "HOOFPRINT_RETENTION": "0"}
	f("", env, func(o serveOptions) bool { return o.maxBytes == 500e6 && o.ui == ":9" && o.retention == 0 })
	f("--ui :10", env, func(o serveOptions) bool { return o.ui == ":10" })
}

func TestWrongServeOptionsSayWhatToWrite(t *testing.T) {
	f := func(args string, env map[string]string, word string) {
		t.Helper()
		_, err := parseServeOptions(strings.Fields(args), lookup(env), &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Fatalf("%s with %v: %v, without %q", args, env, err, word)
		}
	}
	home := map[string]string{"HOME": "/home/a"}
	f("--retention fortnight", home, "14d")
	f("--retention -1h", home, "14d")
	f("--retention 40000d", home, "14d")
	f("--max-bytes lots", home, "20GB")
	f("--max-bytes -1", home, "20GB")
	f("--max-bytes 9e30", home, "20GB")
	f("--nonsense", home, "nonsense")
	f("extra", home, "extra")
	f("", map[string]string{"HOME": "/", "HOOFPRINT_MAX_BYTES": "x"}, "HOOFPRINT_MAX_BYTES=x")
	f("", nil, "--data")
}

func TestServeHelpNamesEachVariable(t *testing.T) {
	var out bytes.Buffer
	_, err := parseServeOptions([]string{"--help"}, lookup(map[string]string{"HOME": "/home/a"}), &out)
	if !errors.Is(err, flag.ErrHelp) {
		t.Fatal(err)
	}
	for _, name := range []string{"LISTEN", "SOCKET", "UI", "DATA", "RETENTION", "MAX_BYTES"} {
		if !strings.Contains(out.String(), "HOOFPRINT_"+name) {
			t.Fatalf("no HOOFPRINT_%s in\n%s", name, out.String())
		}
	}
}

func TestAnAddressInUseIsExplained(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = listenTCP(l.Addr().String(), "--ui", "the web page")
	if err == nil || !strings.Contains(err.Error(), "--ui") || !strings.Contains(err.Error(), "in use") {
		t.Fatalf("error = %v", err)
	}
}

func TestPageURL(t *testing.T) {
	f := func(ip string, want string, loopback bool) {
		t.Helper()
		a := &net.TCPAddr{IP: net.ParseIP(ip), Port: 81}
		if got := pageURL(a); got != want || isLoopback(a) != loopback {
			t.Fatalf("%s: %s, loopback %v", ip, got, isLoopback(a))
		}
	}
	f("127.0.0.1", "http://127.0.0.1:81", true)
	f("::1", "http://[::1]:81", true)
	f("0.0.0.0", "http://127.0.0.1:81", false)
	f("10.0.0.1", "http://10.0.0.1:81", false)
}

func TestWhatNoCommandUnderstands(t *testing.T) {
	for _, wrong := range []string{"nonsense", "help nonsense", "serve --nonsense", "serve x", "collect --nonsense", "collect x", "info --nonsense", "info x", "run --nonsense", "migrate --nonsense", "migrate /nowhere", "migrate --format nonsense", "migrate --explain nonsense"} {
		if status := dispatch(strings.Fields("hoofprint " + wrong)); status != 2 {
			t.Errorf("status %d for %s", status, wrong)
		}
	}
	for _, command := range commands() {
		if status := dispatch([]string{"hoofprint", command.name, "--help"}); status != 0 {
			t.Errorf("status %d for the help of %s", status, command.name)
		}
	}
	if status := dispatch([]string{"hoofprint"}); status != 2 {
		t.Fatalf("status %d without a command", status)
	}
	if status := dispatch([]string{"hoofprint", "--help"}); status != 0 {
		t.Fatalf("status %d for help", status)
	}
}

func TestOwnAddresses(t *testing.T) {
	f := func(asked string, want bool, own ...string) {
		t.Helper()
		if got := isOwnAddress(asked, own); got != want {
			t.Fatalf("%s at %v: %v", asked, own, got)
		}
	}
	f("http://localhost:8126", true, "http://127.0.0.1:8126", "unix:///run/apm.socket")
	f("http://127.0.0.1:8126/", true, "http://127.0.0.1:8126")
	f("http://127.0.0.1:8126", true, "http://[::]:8126")
	f("http://10.0.0.1:8126", true, "http://10.0.0.1:8126")
	f("unix:///run/../run/apm.socket", true, "http://127.0.0.1:8126", "unix:///run/apm.socket")
	f("http://localhost:8127", false, "http://127.0.0.1:8126")
	f("http://localhost:8126", false, "http://10.0.0.1:8126")
	f("http://agent:8126", false, "http://127.0.0.1:8126")
	f("https://localhost:8126", false, "http://127.0.0.1:8126")
	f("unix:///var/run/datadog/apm.socket", false, "unix:///run/apm.socket")
	f("::", false, "http://127.0.0.1:8126")
	f("http://localhost:8126", false)
}

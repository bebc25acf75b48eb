package runtimemetrics

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hoofprint/internal/collector"
	"hoofprint/internal/ring"
	"hoofprint/internal/ring/ringtest"
)

// names are those of ddtrace 4.16, in its order.
func names() []string {
	var out []string
	for _, name := range []string{
		"gc.count.gen0", "gc.count.gen1", "gc.count.gen2", "gc.collections.gen0", "gc.collections.gen1", "gc.collections.gen2",
		"gc.pause.time", "gc.pause.max", "cpu.time.sys", "cpu.time.user", "thread_count", "mem.rss", "cpu.percent",
		"cpu.ctx_switch.voluntary", "cpu.ctx_switch.involuntary",
	} {
		out = append(out, "runtime.python."+name)
	}
	return out
}

func follow(t *testing.T, url string, set map[string]string) collector.Follower {
	t.Helper()
	start, err := ringtest.StartTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	s := New(slog.New(slog.DiscardHandler))
	s.Interval = 10 * time.Millisecond
	if set == nil {
		set = map[string]string{}
	}
	if url != "" {
		set["DD_DOGSTATSD_URL"] = url
	}
	return s.Follow(collector.Process{
		PID: os.Getpid(), StartTime: start, Created: time.Now(),
		Description: ring.Description{Service: "web", Env: "prod", RuntimeID: "ab", Interpreter: "CPython", LangVersion: "3.11.7", TracerVersion: "4.16.0", Settings: set},
	})
}

func listen(t *testing.T) (net.PacketConn, string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn, "udp://" + conn.LocalAddr().String()
}

// collect reads datagrams until the last metric came n times.
func collect(t *testing.T, conn net.PacketConn, n int) []string {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var lines []string
	b := make([]byte, 64<<10)
	for n > 0 {
		size, _, err := conn.ReadFrom(b)
		if err != nil {
			t.Fatal(err)
		}
		if size > udpSize {
			t.Fatalf("a datagram of %d bytes", size)
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(string(b[:size]), "\n"), "\n") {
			lines = append(lines, line)
			if strings.HasPrefix(line, "runtime.python.cpu.ctx_switch.involuntary") {
				n--
			}
		}
	}
	return lines
}

func TestMetricsOfAProcess(t *testing.T) {
	conn, url := listen(t)
	f := follow(t, url, map[string]string{"DD_TAGS": "team:x env:other", "DD_TRACE_EXPERIMENTAL_RUNTIME_ID_ENABLED": "true"})
	f.Note([]byte(`{"process_tags":"entrypoint.name:app"}`))
	f.Note([]byte(`{"gc":{"count":[10,2,3],"collections":[1,2,3],"pause_time":5,"pause_max":4}}`))
	f.Note([]byte(`{"runtime_metrics":{"enabled":true,"dogstatsd_url":""}}`))
	lines := collect(t, conn, 1)
	f.Note([]byte(`{"runtime_metrics":{"enabled":true,"dogstatsd_url":""},"gc":{"count":[11,2,3],"collections":[4,2,3],"pause_time":100005,"pause_max":7}}`))
	lines = append(lines, collect(t, conn, 3)...)
	f.Close(true)
	var got []string
	const tags = "|d|#service:web,env:prod,team:x,lang:python,lang_interpreter:CPython,lang_version:3.11.7,tracer_version:4.16.0,runtime-id:ab,entrypoint.name:app"
	sums := map[string]float64{}
	for _, line := range lines {
		head, ok := strings.CutSuffix(line, tags)
		name, text, ok2 := strings.Cut(head, ":")
		value, err := strconv.ParseFloat(text, 64)
		if !ok || !ok2 || err != nil {
			t.Fatalf("%q", line)
		}
		if len(got) < len(names()) {
			got = append(got, name)
		}
		sums[name] += value
	}
	if !slices.Equal(got, names()) {
		t.Fatalf("%q", got)
	}
	for name, want := range map[string]float64{
		"runtime.python.gc.collections.gen0": 3, "runtime.python.gc.collections.gen1": 0, "runtime.python.gc.pause.time": 100000,
	} {
		if sums[name] != want {
			t.Errorf("%s adds up to %g, want %g", name, sums[name], want)
		}
	}
	if sums["runtime.python.mem.rss"] < 1<<20 || sums["runtime.python.thread_count"] < 4 {
		t.Errorf("%v", sums)
	}
}

func TestGaugesAndSockets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dsd.socket")
	conn, err := net.ListenPacket("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	f := follow(t, "", map[string]string{"DD_TRACE_EXPERIMENTAL_FEATURES_ENABLED": "a, DD_RUNTIME_METRICS_ENABLED"})
	f.Note([]byte(`{"runtime_metrics":{"enabled":true,"dogstatsd_url":"unix://` + path + `"}}`))
	b := make([]byte, socketSize)
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	n, _, err := conn.ReadFrom(b)
	if err != nil {
		t.Fatal(err)
	}
	// What the process has not told is not made up.
	if text := string(b[:n]); !strings.HasPrefix(text, "runtime.python.cpu.time.sys:") || !strings.Contains(text, "|g|#service:web") || strings.Contains(text, "gc.") {
		t.Fatalf("%q", text)
	}
	f.Note([]byte(`{"runtime_metrics":{"enabled":false}}`))
	if running := f.(*follower).running; running != nil {
		t.Fatal("it goes on")
	}
	f.Close(true)
}

func TestNothingUnlessAskedFor(t *testing.T) {
	_, url := listen(t)
	f := follow(t, url, nil)
	f.Note([]byte(`{"gc":{"count":[1,2,3,4]},"process_tags":"a:b"}`))
	f.Note([]byte(`{"runtime_metrics":`))
	if f.(*follower).running != nil || f.(*follower).hasGC {
		t.Fatal("it runs")
	}
	f.Close(true)
	off := follow(t, url, map[string]string{"DD_DOGSTATSD_DISABLE": "true"})
	off.Note([]byte(`{"runtime_metrics":{"enabled":true}}`))
	if off.(*follower).running != nil {
		t.Fatal("it runs though DogStatsD is off")
	}
	off.Close(true)
}

func TestAddress(t *testing.T) {
	for _, test := range []struct {
		set  map[string]string
		want address
	}{
		{map[string]string{"DD_AGENT_HOST": "a"}, address{"udp", "a:8125", udpSize}},
		{map[string]string{"DD_AGENT_HOST": "a", "DD_DOGSTATSD_HOST": "b", "DD_DOGSTATSD_PORT": "9"}, address{"udp", "b:9", udpSize}},
		{map[string]string{"DD_AGENT_HOST": "::1"}, address{"udp", "[::1]:8125", udpSize}},
		{map[string]string{"DD_AGENT_HOST": "a", "DD_DOGSTATSD_URL": "udp://c:7"}, address{"udp", "c:7", udpSize}},
		{map[string]string{"DD_DOGSTATSD_URL": "http://c"}, address{"udp", "c:8125", udpSize}},
		{map[string]string{"DD_DOGSTATSD_URL": "c:1"}, address{"udp", "c:1", udpSize}},
		{map[string]string{"DD_DOGSTATSD_URL": "unix:///s"}, address{"unixgram", "/s", socketSize}},
		{map[string]string{"DD_DOGSTATSD_URL": "/s"}, address{"unixgram", "/s", socketSize}},
	} {
		got, err := addressOf(test.set)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%v: %v %v, want %v", test.set, got, err, test.want)
		}
	}
	for _, bad := range []string{"ftp://x", "unix://", "udp://", "udp://%zz"} {
		if got, err := addressOf(map[string]string{"DD_DOGSTATSD_URL": bad}); err == nil {
			t.Errorf("%s: %v", bad, got)
		}
	}
}

func TestSampleOfAnotherProcess(t *testing.T) {
	start, err := ringtest.StartTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(os.Getpid(), start); err != nil {
		t.Fatal(err)
	}
	if _, err := read(os.Getpid(), start+1); err == nil {
		t.Fatal("a process of the same pid was taken for ours")
	}
}

package dogstatsd

import (
	"math"
	"strings"
	"testing"
)

func TestEncode(t *testing.T) {
	got := Encode([]Metric{
		{Name: "runtime.python.mem.rss", Value: 70168576, Type: Distribution, Whole: true},
		{Name: "runtime.python.cpu.percent", Value: 1.5, Type: Gauge},
		{Name: "runtime.python.cpu.time.sys", Value: 0, Type: Gauge},
		{Name: "nan", Value: math.NaN(), Type: Gauge},
		{Name: "inf", Value: math.Inf(1), Type: Gauge},
	}, []string{"service:web", "a:b,c|d\ne"}, 1432)
	want := "runtime.python.mem.rss:70168576|d|#service:web,a:b_c_d_e\n" +
		"runtime.python.cpu.percent:1.5|g|#service:web,a:b_c_d_e\n" +
		"runtime.python.cpu.time.sys:0.0|g|#service:web,a:b_c_d_e\n"
	if len(got) != 1 || string(got[0]) != want {
		t.Fatalf("%q", got)
	}
}

func TestDatagramsAreBounded(t *testing.T) {
	var metrics []Metric
	for range 100 {
		metrics = append(metrics, Metric{Name: "m", Value: 1, Type: Gauge, Whole: true})
	}
	lines := 0
	for _, d := range Encode(metrics, []string{"tag:" + strings.Repeat("x", 100)}, 500) {
		if len(d) > 500 || d[len(d)-1] != '\n' {
			t.Fatalf("%d bytes: %q", len(d), d)
		}
		lines += strings.Count(string(d), "\n")
	}
	if lines != 100 {
		t.Fatalf("%d lines", lines)
	}
	if got := Encode(metrics, []string{strings.Repeat("x", 600)}, 500); len(got) != 0 {
		t.Fatalf("%d datagrams that are too large", len(got))
	}
}

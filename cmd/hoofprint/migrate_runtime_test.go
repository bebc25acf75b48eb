//go:build !slim

package main

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"time"

	"hoofprint/internal/uses"
	"hoofprint/internal/uses/tell"
)

func TestStatusOfRuntimeUses(t *testing.T) {
	now := time.Now().UnixMilli()
	process := func(service string, bridge bool, used int) uses.Process {
		p := uses.Process{ID: service, Service: service, Bridge: bridge, First: now - 1000, Last: now}
		if used > 0 {
			p.Uses = []uses.Use{{Place: uses.Place{Change: "span-set-tag-str", File: "/a.py", Line: 1}, Count: int64(used), First: now, Last: now}}
		}
		return p
	}
	dir := t.TempDir()
	store, err := uses.Open(tell.Path(dir, 0), uses.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Take(uses.Report{Processes: []uses.Process{process("uses", true, 3), process("clean", true, 0), process("off", false, 0)}}); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DD_TRACE_AGENT_URL", "http://127.0.0.1:1")
	for _, test := range []struct {
		o      runtimeOptions
		format string
		status int
		says   string
	}{
		{runtimeOptions{service: "uses"}, "text", 1, "3 times"},
		{runtimeOptions{service: "clean"}, "json", 0, `"watching"`},
		{runtimeOptions{service: "off"}, "text", 2, "no process ran with DD_V3_BRIDGE=true in the last 7 days as service off"},
		{runtimeOptions{service: "uses", agent: "http://127.0.0.1:1"}, "text", 2, "connection refused"},
		{runtimeOptions{}, "html", 2, "--format html"},
		{runtimeOptions{days: 1000}, "text", 2, "--days 1000"},
	} {
		test.o.spool = dir
		if test.o.days == 0 {
			test.o.days = uses.DefaultDays
		}
		var out, errs bytes.Buffer
		status := runtimeUses(test.o, test.format, nil, false, &out, &errs)
		if status != test.status || !strings.Contains(out.String()+errs.String(), test.says) {
			t.Errorf("%+v: %d, %s%s", test.o, status, out.String(), errs.String())
		}
	}
}

func TestWhereAClientFindsThePage(t *testing.T) {
	at := func(ip string) *net.TCPAddr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: 8127} }
	for _, test := range []struct {
		page *net.TCPAddr
		host string
		want string
	}{
		{nil, "localhost", ""},
		{at("127.0.0.1"), "localhost", "http://127.0.0.1:8127"},
		{at("127.0.0.1"), "[::1]", "http://127.0.0.1:8127"},
		{at("127.0.0.1"), "monitoring.example", ""},
		{at("0.0.0.0"), "monitoring.example", "http://monitoring.example:8127"},
		{at("::"), "[fd00::1]", "http://[fd00::1]:8127"},
		{at("10.0.0.7"), "monitoring.example", "http://10.0.0.7:8127"},
	} {
		if got := pageFor(test.page, test.host); got != test.want {
			t.Errorf("%v for %s: %q, want %q", test.page, test.host, got, test.want)
		}
	}
}

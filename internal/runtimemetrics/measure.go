package runtimemetrics

import (
	"fmt"
	"time"

	"hoofprint/internal/wire/dogstatsd"
)

// gc is what a process tells of its garbage collector.
type gc struct {
	Count       []float64 `json:"count"`       // gc.get_count()
	Collections []float64 `json:"collections"` // since the start, by generation
	PauseTime   float64   `json:"pause_time"`  // ns since the start
	PauseMax    float64   `json:"pause_max"`   // ns since the process told it the last time
}

// measure gives what the kernel knows, as the difference of two samples.
func measure(before, now sample, elapsed time.Duration) []dogstatsd.Metric {
	user, system := max(now.user-before.user, 0), max(now.system-before.system, 0)
	percent := 0.0
	if elapsed > 0 {
		percent = (user + system) / elapsed.Seconds() * 100
	}
	return []dogstatsd.Metric{
		{Name: "runtime.python.cpu.time.sys", Value: system},
		{Name: "runtime.python.cpu.time.user", Value: user},
		{Name: "runtime.python.thread_count", Value: now.threads, Whole: true},
		{Name: "runtime.python.mem.rss", Value: now.rss, Whole: true},
		{Name: "runtime.python.cpu.percent", Value: percent},
		{Name: "runtime.python.cpu.ctx_switch.voluntary", Value: max(now.voluntary-before.voluntary, 0), Whole: true},
		{Name: "runtime.python.cpu.ctx_switch.involuntary", Value: max(now.involuntary-before.involuntary, 0), Whole: true},
	}
}

func measureGC(before, now gc) []dogstatsd.Metric {
	var out []dogstatsd.Metric
	for i, value := range now.Count {
		out = append(out, dogstatsd.Metric{Name: fmt.Sprintf("runtime.python.gc.count.gen%d", i), Value: value, Whole: true})
	}
	for i, value := range now.Collections {
		was := 0.0
		if i < len(before.Collections) {
			was = before.Collections[i]
		}
		out = append(out, dogstatsd.Metric{Name: fmt.Sprintf("runtime.python.gc.collections.gen%d", i), Value: max(value-was, 0), Whole: true})
	}
	return append(out,
		dogstatsd.Metric{Name: "runtime.python.gc.pause.time", Value: max(now.PauseTime-before.PauseTime, 0), Whole: true},
		dogstatsd.Metric{Name: "runtime.python.gc.pause.max", Value: now.PauseMax, Whole: true})
}

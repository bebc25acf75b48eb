package runtimemetrics

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// clockTicks a second: what the kernel shows user space, on every architecture.
const clockTicks = 100

// sample is what the kernel knows of a process.
type sample struct {
	user, system           float64 // s of CPU since its start
	threads                float64
	rss                    float64 // bytes
	voluntary, involuntary float64 // context switches of its main thread
}

// read samples a process, which must be the one that started at start.
func read(pid int, start uint64) (sample, error) {
	dir := "/proc/" + strconv.Itoa(pid)
	b, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return sample{}, fmt.Errorf("sample process %d: %w", pid, err)
	}
	// The command in parentheses may hold spaces and parentheses itself.
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(fields) < 22 || fields[19] != strconv.FormatUint(start, 10) {
		return sample{}, fmt.Errorf("sample process %d: it is gone", pid)
	}
	var s sample
	s.user = number(fields[11]) / clockTicks
	s.system = number(fields[12]) / clockTicks
	s.threads = number(fields[17])
	s.rss = number(fields[21]) * float64(os.Getpagesize())
	status, err := os.ReadFile(dir + "/status")
	if err != nil {
		return sample{}, fmt.Errorf("sample process %d: %w", pid, err)
	}
	for line := range strings.Lines(string(status)) {
		key, value, _ := strings.Cut(line, ":")
		switch key {
		case "voluntary_ctxt_switches":
			s.voluntary = number(strings.TrimSpace(value))
		case "nonvoluntary_ctxt_switches":
			s.involuntary = number(strings.TrimSpace(value))
		}
	}
	return s, nil
}

func number(text string) float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return f
}

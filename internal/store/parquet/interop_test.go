package parquet

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"hoofprint/internal/span"
	"hoofprint/internal/store"
	"hoofprint/internal/store/storetest"
)

// pythonVariable names the interpreter with pyarrow, or duckdb, or both.
const pythonVariable = "HOOFPRINT_PYARROW_PYTHON"

// TestOtherToolsReadTheFiles asks pyarrow and DuckDB the counts that the store
// gives.
func TestOtherToolsReadTheFiles(t *testing.T) {
	python := os.Getenv(pythonVariable)
	if python == "" {
		t.Skipf("set %s to a Python with pyarrow and duckdb to run this", pythonVariable)
	}
	dir := t.TempDir()
	s := openTest(t, dir, Options{})
	for seed := range uint64(3) {
		if err := s.Append(context.Background(), storetest.RandomSpans(seed, 6000)); err != nil {
			t.Fatal(err)
		}
		if err := s.Append(context.Background(), []span.Span{{ID: 9, Start: storetest.Epoch + int64(seed), Service: "whole",
			Events: []span.Event{{Time: 1, Name: "e"}}}}); err != nil {
			t.Fatal(err)
		}
		sealAll(t, s)
	}
	script, err := os.ReadFile("testdata/interop.py")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "-c", string(script), dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	count := func(q string) int64 { return s.count(t, q) }
	want := map[string]int64{
		"rows": count(""), "web": count("service:web"), "failed": count("status:error"), "boom": count("@error.message:*"),
		"top": count("@_dd.top_level:1"), "slow": count("duration:>20ms"), "rare": count("@rare.tag:yes"), "prod": count("@env:prod"),
		"rows_over_1000": count("@db.row_count:>1000"), "events": 3,
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		tool, rest, _ := strings.Cut(line, " ")
		name, value, _ := strings.Cut(rest, " ")
		if tool != "pyarrow" && tool != "duckdb" {
			t.Fatalf("unexpected output %q", line)
		}
		if w, ok := want[name]; !ok || value != strconv.FormatInt(w, 10) {
			t.Errorf("%s counts %s %s, the store %d", tool, value, name, w)
		}
	}
	if n := strings.Count(string(out), "\n"); n != len(want) && n != 2*len(want) {
		t.Errorf("%d answers, want %d of each tool:\n%s", n, len(want), out)
	}
}

func (s *Store) count(t *testing.T, q string) int64 {
	t.Helper()
	g, err := s.Group(context.Background(), store.Group{Range: everything(t, q)})
	if err != nil {
		t.Fatal(err)
	}
	return g.Total.Spans
}

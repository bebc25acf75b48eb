package parquet

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
	"hoofprint/internal/store/storetest"
)

// childVariable turns the test binary into a process that stores spans until it
// is killed; it holds the directory.
const childVariable = "HOOFPRINT_TEST_STORE_CHILD"

const killBatch = 500

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		child(dir)
	}
	os.Exit(m.Run())
}

// child appends batches, and says the number of each that was acknowledged.
func child(dir string) {
	s, err := Open(dir, Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	s.headRows = 8192 // so that heads are sealed all the time
	for base := time.Now().UnixNano(); ; {
		batch := make([]span.Span, killBatch)
		for i := range batch {
			batch[i] = span.Span{TraceID: span.TraceID{Low: uint64(base)}, ID: uint64(i + 1), Start: storetest.Epoch + base%1e9, Service: "child",
				Tags: []span.Tag{{Key: "batch", Value: fmt.Sprint(base)}, {Key: "filler", Value: strings.Repeat("x", i%300)}}}
		}
		if err := s.Append(context.Background(), batch); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Printf("%d\n", base)
		base++
	}
}

// TestKilledProcessLosesNothingAcknowledged kills a process in mid-load with
// SIGKILL, several times over one store.
func TestKilledProcessLosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	acked := map[string]bool{}
	for range 5 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(300*time.Millisecond+rand.N(400*time.Millisecond), func() { cmd.Process.Kill() })
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			acked[lines.Text()] = true
		}
		if err := cmd.Wait(); !strings.Contains(fmt.Sprint(err), "killed") {
			t.Fatalf("child: %v, %v", err, acked)
		}
	}
	if len(acked) < 20 {
		t.Fatalf("only %d batches were stored", len(acked))
	}
	s := openTest(t, dir, Options{})
	g, err := s.Group(context.Background(), store.Group{Range: everything(t, ""), By: []query.Field{{Name: "batch", Tag: true}}, Limit: maxGroups})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range g.Groups {
		if c.Spans != killBatch {
			t.Errorf("batch %s has %d spans, want %d", c.Keys[0], c.Spans, killBatch)
		}
		delete(acked, c.Keys[0])
	}
	if len(acked) != 0 {
		t.Errorf("%d acknowledged batches are missing", len(acked))
	}
	s.viewMu.RLock()
	files, logs := len(s.files), len(s.sealing)
	s.viewMu.RUnlock()
	t.Logf("%d spans in %d files and %d logs", g.Total.Spans, files, logs)
	if files == 0 {
		t.Error("no head was sealed: the test tests nothing of sealing")
	}
}

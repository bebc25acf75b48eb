package ring_test

import (
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"hoofprint/internal/ring"
)

// golden is what the writers in C and Python were asked to write.
type golden struct {
	Dropped  uint64
	Finished uint64
	Foreign  uint64
	Records  []map[string]any
	Open     []map[string]any
}

// text gives a string as the golden files tell it: long ones by length and end.
func text(s string) any {
	n := len([]rune(s))
	if n <= 200 {
		return s
	}
	return map[string]any{"length": float64(len(s)), "end": string([]rune(s)[n-8:])}
}

func hex64(v uint64) string { return fmt.Sprintf("%016x", v) }

func told(rec *ring.Record) map[string]any {
	if rec.Kind == ring.KindNote {
		return map[string]any{"kind": float64(rec.Kind), "note": string(rec.Note)}
	}
	s := &rec.Span
	tags, metrics, structs := map[string]any{}, map[string]any{}, map[string]any{}
	for _, t := range s.Tags {
		tags[t.Key] = text(t.Value)
	}
	for _, m := range s.Metrics {
		metrics[m.Key] = json.Number(strconv.FormatFloat(m.Value, 'g', -1, 64))
	}
	for _, v := range s.Structs {
		structs[v.Key] = hex.EncodeToString(v.Value)
	}
	out := map[string]any{
		"flags": float64(rec.Flags), "kind": float64(rec.Kind), "trace_id": s.TraceID.String(), "span_id": hex64(s.ID),
		"parent_id": hex64(s.ParentID), "start": s.Start, "duration": s.Duration, "local_root": hex64(rec.LocalRoot),
		"name": text(s.Name), "service": text(s.Service), "resource": text(s.Resource), "type": text(s.Type),
		"tags": tags, "metrics": metrics, "structs": structs,
	}
	if rec.Kind == ring.KindTrace {
		out["priority"] = float64(rec.Priority)
	} else {
		out["error"] = float64(s.Error)
	}
	return out
}

// normal makes both sides comparable: numbers as float64, exactly for the sizes
// that occur here, and integers of nanoseconds by their digits.
func normal(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	var out any
	if err := d.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return numbers(out)
}

func numbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case json.Number:
		if i, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return i
		}
		f, _ := v.Float64()
		if f == float64(int64(f)) {
			return int64(f)
		}
		return f
	}
	return v
}

// TestGoldenFiles reads what the writers in C and Python write.
func TestGoldenFiles(t *testing.T) {
	names, err := filepath.Glob("testdata/*.ring.gz")
	if err != nil || len(names) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			r := openGolden(t, name)
			b, err := os.ReadFile(strings.TrimSuffix(name, ".ring.gz") + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var want golden
			d := json.NewDecoder(strings.NewReader(string(b)))
			d.UseNumber()
			if err := d.Decode(&want); err != nil {
				t.Fatal(err)
			}
			recs, err := r.Read(nil, 1<<20)
			if err != nil || len(recs) != len(want.Records) {
				t.Fatalf("%d records, want %d; %v", len(recs), len(want.Records), err)
			}
			c, _ := r.Counters()
			if c.Dropped != want.Dropped || c.Finished != want.Finished || c.Foreign != want.Foreign || c.Bad != 0 {
				t.Errorf("counters %+v", c)
			}
			for i := range recs {
				if recs[i].Kind == ring.KindTrace {
					delete(want.Records[i], "error") // the priority, told twice
				}
				got, want := normal(t, told(&recs[i])), normal(t, want.Records[i])
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("record %d:\n got %v\nwant %v", i, got, want)
				}
			}
			slots, err := r.Slots(nil)
			if err != nil || len(slots) != len(want.Open) {
				t.Fatalf("%d open spans, want %d; %v", len(slots), len(want.Open), err)
			}
			byID := map[string]ring.Slot{}
			for _, s := range slots {
				byID[hex64(s.SpanID)] = s
			}
			for _, o := range want.Open {
				s := byID[o["span_id"].(string)]
				got := map[string]any{"span_id": hex64(s.SpanID), "trace_id": s.TraceID.String(), "parent_id": hex64(s.ParentID),
					"start": s.Start, "local_root": hex64(s.LocalRoot), "name": s.Name, "service": s.Service, "resource": s.Resource,
					"thread": s.ThreadID}
				if got, want := normal(t, got), normal(t, o); !reflect.DeepEqual(got, want) {
					t.Errorf("open span:\n got %v\nwant %v", got, want)
				}
			}
		})
	}
}

func openGolden(t testing.TB, name string) *ring.Reader {
	t.Helper()
	path := filepath.Join(t.TempDir(), "golden.ring")
	if err := os.WriteFile(path, unzip(t, name), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := ring.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func unzip(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

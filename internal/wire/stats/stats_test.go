package stats

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/tinylib/msgp/msgp"

	"hoofprint/internal/sketch"
	"hoofprint/internal/wire/wiretest"
)

func sample() *Payload {
	return &Payload{
		Hostname: "h", Env: "prod", Version: "1", Lang: "python", TracerVersion: "4.16.0", RuntimeID: "ab", Sequence: 7,
		AgentAggregation: "x", Service: "web", ContainerID: "c", Tags: []string{"a:b"}, GitCommitSha: "g", ImageTag: "i",
		ProcessTagsHash: 1 << 63, ProcessTags: "p:q",
		Buckets: []Bucket{{Start: 10, Duration: 20, AgentTimeShift: -5, Groups: []Group{{
			Service: "web", Name: "n", Resource: "r", HTTPStatusCode: 200, Type: "web", DBType: "d", Hits: 1, Errors: 2, Duration: 3,
			OkSummary: []byte{1, 2}, ErrorSummary: []byte{3}, Synthetics: true, TopLevelHits: 4, SpanKind: "server",
			PeerTags: []string{"db.name:x"}, IsTraceRoot: TraceRootFalse, GRPCStatusCode: "5", HTTPMethod: "GET", HTTPEndpoint: "/x",
			ServiceSource: "m", DerivedPrimaryTags: []string{"k:v"}, AdditionalMetricTags: []string{"t:u"},
		}}}},
	}
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	got, err := Decode(Append(nil, want))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%v\n got %+v\nwant %+v", err, got, want)
	}
}

// TestPayloadOfDdtrace: what ddtrace 4.16 sends is understood, and written again
// it says the same.
func TestPayloadOfDdtrace(t *testing.T) {
	b, err := os.ReadFile("testdata/ddtrace.msgpack")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if p.Service != "prog" || p.Env != "prod" || p.Version != "1.2" || len(p.RuntimeID) != 32 || len(p.Buckets) != 1 || p.Buckets[0].Duration != 10e9 {
		t.Fatalf("%+v", p)
	}
	found := 0
	for _, g := range p.Buckets[0].Groups {
		ok, err := sketch.Decode(g.OkSummary)
		if err != nil {
			t.Fatal(err)
		}
		failed, err := sketch.Decode(g.ErrorSummary)
		if err != nil {
			t.Fatal(err)
		}
		if ok.Count() != float64(g.Hits-g.Errors) || failed.Count() != float64(g.Errors) {
			t.Errorf("%s: %d hits, %d errors; sketches of %g and %g", g.Name, g.Hits, g.Errors, ok.Count(), failed.Count())
		}
		if g.Name == "db.query" {
			found++
			if g.Service != "pg" || g.Type != "sql" || g.Hits != 5 || g.Errors != 1 || g.SpanKind != "client" || g.IsTraceRoot != TraceRootFalse ||
				g.ServiceSource != "m" || len(g.PeerTags) != 5 {
				t.Errorf("%+v", g)
			}
		}
	}
	if found != 1 {
		t.Fatal("no db.query")
	}
	if theirs, ours := generic(t, b), generic(t, Append(nil, p)); !reflect.DeepEqual(theirs, ours) {
		t.Error("written again it says something else")
	}
}

func generic(t *testing.T, b []byte) (out any) {
	t.Helper()
	var text bytes.Buffer
	if _, err := msgp.UnmarshalAsJSON(&text, b); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func FuzzDecode(f *testing.F) {
	f.Add(Append(nil, sample()))
	if b, err := os.ReadFile("testdata/ddtrace.msgpack"); err == nil {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { wiretest.Stable(t, b, Decode, Append) })
}

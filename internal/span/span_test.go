package span

import "testing"

func TestTagsKeepOneValuePerKey(t *testing.T) {
	var s Span
	s.SetTag("a", "1")
	s.SetTag("b", "2")
	s.SetTag("a", "3")
	s.SetMetric("n", 1)
	s.SetMetric("n", 2)
	if got, _ := s.Tag("a"); got != "3" || len(s.Tags) != 2 {
		t.Fatalf("tags = %v", s.Tags)
	}
	if got, ok := s.Metric("n"); got != 2 || !ok || len(s.Metrics) != 1 {
		t.Fatalf("metrics = %v", s.Metrics)
	}
	s.DeleteTag("a")
	s.DeleteMetric("n")
	if _, ok := s.Tag("a"); ok || len(s.Tags) != 1 || len(s.Metrics) != 0 {
		t.Fatalf("after delete: %v %v", s.Tags, s.Metrics)
	}
}

func TestParseTraceID(t *testing.T) {
	f := func(in string, want TraceID, ok bool) {
		t.Helper()
		got, err := ParseTraceID(in)
		if (err == nil) != ok || got != want {
			t.Fatalf("ParseTraceID(%q) = %v, %v", in, got, err)
		}
	}
	f("6740c1e8000000004f1c09be77a2d310", TraceID{0x6740c1e800000000, 0x4f1c09be77a2d310}, true)
	f("4f1c09be77a2d310", TraceID{0, 0x4f1c09be77a2d310}, true)
	f("5700241234567", TraceID{0, 5700241234567}, true)
	f("xyz", TraceID{}, false)
	f("", TraceID{}, false)
	f("zz40c1e8000000004f1c09be77a2d310", TraceID{}, false)
	id := TraceID{1, 2}
	if back, err := ParseTraceID(id.String()); err != nil || back != id {
		t.Fatalf("round trip: %v %v", back, err)
	}
}

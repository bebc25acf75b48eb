package api

import (
	"math"
	"testing"
	"time"

	"hoofprint/internal/span"
)

func TestNumbersThatJSONLacksDoNotHideATrace(t *testing.T) {
	h := newHarness(t, nil)
	id := span.TraceID{Low: 77}
	h.append(span.Span{TraceID: id, ID: 1, Start: clock.Add(-time.Minute).UnixNano(), Duration: 5, Service: "a", Name: "n", Resource: "r",
		Metrics: []span.Metric{{Key: "nan", Value: math.NaN()}, {Key: "inf", Value: math.Inf(-1)}, {Key: "one", Value: 1}},
		Events: []span.Event{{Name: "e", Attributes: []span.Attribute{
			{Key: "nan", Value: math.NaN()}, {Key: "list", Value: []any{1.5, math.Inf(1)}},
		}}}})
	d := ask[spanDetail](h, "/api/v1/trace/"+id.String()+"/spans/"+hexID(1))
	if len(d.Metrics) != 1 || d.Metrics["one"] != 1 || d.Tags["nan"] != "NaN" || d.Tags["inf"] != "-Inf" {
		t.Fatalf("metrics %v, tags %v", d.Metrics, d.Tags)
	}
	attributes := d.Events[0].Attributes
	if list := attributes["list"].([]any); attributes["nan"] != "NaN" || list[0] != 1.5 || list[1] != "+Inf" {
		t.Fatalf("%v", attributes)
	}
	for _, path := range []string{"facets?keys=@nan,@inf", "keys", "values?key=@nan", "spans?cols=@nan", "spans?q=@nan:>1", "traces"} {
		if answer, body := h.get("/api/v1/" + path); answer.StatusCode != 200 {
			t.Errorf("%s: %d %s", path, answer.StatusCode, body)
		}
	}
}

package collector

import (
	"hoofprint/internal/ring"
	"hoofprint/internal/span"
)

// unfinished turns an open slot of a dead process into a span that runs up to
// its death. It is no error: the process may have been told to go.
func unfinished(s *ring.Slot, d *ring.Description, death int64) span.Span {
	out := span.Span{
		TraceID: s.TraceID, ID: s.SpanID, ParentID: s.ParentID,
		Start: s.Start, Duration: max(death-s.Start, 0),
		Name: s.Name, Service: s.Service, Resource: s.Resource,
		Metrics: []span.Metric{{Key: span.KeyUnfinished, Value: 1}},
	}
	if out.Service == "" {
		out.Service = d.Service
	}
	if out.Resource == "" {
		out.Resource = out.Name
	}
	for _, tag := range []span.Tag{
		{Key: span.KeyEnv, Value: d.Env}, {Key: span.KeyRuntimeID, Value: d.RuntimeID}, {Key: "language", Value: "python"},
	} {
		if tag.Value != "" {
			out.Tags = append(out.Tags, tag)
		}
	}
	if d.Version != "" && out.Service == d.Service {
		out.Tags = append(out.Tags, span.Tag{Key: span.KeyVersion, Value: d.Version})
	}
	return out
}

// addUnfinished joins an unfinished span to what its trace has.
func (a *assembler) addUnfinished(s span.Span, localRoot uint64) {
	key := traceKey{s.TraceID, localRoot}
	t := a.traces[key]
	if t == nil {
		t = a.newTrace(key)
	}
	if s.ID == localRoot {
		t.root = len(t.spans)
		if t.decision != nil {
			s.Tags = append(s.Tags, t.decision.tags...)
			s.Metrics = append(s.Metrics, t.decision.metrics...)
			if t.decision.priority != span.PriorityNone {
				s.SetMetric(span.KeySamplingPriority, float64(t.decision.priority))
			}
		} else {
			// Nobody decided before the process died, and this is the trace one
			// wants to see: keep it, by the default mechanism.
			s.SetMetric(span.KeySamplingPriority, float64(span.AutoKeep))
			s.SetTag(span.KeyDecisionMaker, "-0")
		}
	}
	t.repeat = t.repeat || a.suspect
	if a.marked && s.ID == localRoot {
		markTopLevel(&s)
	}
	size := wireSize(&s)
	t.spans = append(t.spans, s)
	t.seqs = append(t.seqs, extra)
	t.bytes += size
	a.bytes += size
	a.added += size
}

package api

import (
	"context"
	"net/http"
	"strconv"

	"hoofprint/internal/identity"
	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

type traceAnswer struct {
	TraceID        string           `json:"trace_id"`
	Start          millis           `json:"start"`
	Duration       int64            `json:"duration"`
	Services       []serviceOfTrace `json:"services"`
	MissingParents int              `json:"missing_parents"`
	// SpanCount counts all spans, those beyond maxTrace included.
	SpanCount int          `json:"span_count"`
	Spans     []spanDetail `json:"spans"`
}

type spanDetail struct {
	SpanID     string             `json:"span_id"`
	ParentID   string             `json:"parent_id"`
	Offset     int64              `json:"offset"`
	Duration   int64              `json:"duration"`
	Own        int64              `json:"own"`
	Service    string             `json:"service"`
	Identity   *identity.Identity `json:"identity"`
	Inferred   bool               `json:"inferred"`
	Name       string             `json:"name"`
	Resource   string             `json:"resource"`
	Type       string             `json:"type"`
	Kind       string             `json:"kind"`
	Error      bool               `json:"error"`
	Unfinished bool               `json:"unfinished"`
	Tags       map[string]string  `json:"tags,omitempty"`
	Metrics    map[string]float64 `json:"metrics,omitempty"`
	Links      []linkAnswer       `json:"links,omitempty"`
	Events     []eventAnswer      `json:"events,omitempty"`
	Past       *pastAnswer        `json:"past,omitempty"`
}

type linkAnswer struct {
	TraceID    string            `json:"trace_id"`
	SpanID     string            `json:"span_id"`
	TraceState string            `json:"trace_state,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

type eventAnswer struct {
	Time       millis         `json:"time"`
	Name       string         `json:"name"`
	Attributes map[string]any `json:"attributes,omitempty"`
}

type pastAnswer struct {
	Spans int64 `json:"spans"`
	P50   int64 `json:"p50"`
	P95   int64 `json:"p95"`
	P99   int64 `json:"p99"`
}

func (s *server) trace(r *http.Request, _ *params) (any, error) {
	id, spans, err := s.loadTrace(r)
	if err != nil {
		return nil, err
	}
	start, end := extent(spans)
	out := traceAnswer{
		TraceID: id.String(), Start: millis(start), Duration: end - start,
		Services: s.servicesOf(spans), MissingParents: missingParents(spans), SpanCount: len(spans),
	}
	own := ownTimes(spans)
	sent := spans[:min(len(spans), maxTrace)]
	out.Spans = make([]spanDetail, len(sent))
	for i := range sent {
		out.Spans[i] = s.detail(&sent[i], start, own[i])
		if len(spans) <= leanTrace {
			out.Spans[i].attributes(&sent[i])
		}
	}
	return lasting{out}, nil
}

func (s *server) traceSpan(r *http.Request, _ *params) (any, error) {
	id, spans, err := s.loadTrace(r)
	if err != nil {
		return nil, err
	}
	wanted, err := strconv.ParseUint(r.PathValue("span_id"), 16, 64)
	if err != nil {
		return nil, badInput("%s is no span id; use its 16 hex digits", r.PathValue("span_id"))
	}
	start, end := extent(spans)
	for i := range spans {
		if spans[i].ID != wanted {
			continue
		}
		out := s.detail(&spans[i], start, ownTimes(spans)[i])
		out.attributes(&spans[i])
		if out.Past, err = s.past(r.Context(), &spans[i], end); err != nil {
			return nil, err
		}
		return out, nil
	}
	return nil, notFound("trace %s has no span %s", id, r.PathValue("span_id"))
}

func (s *server) loadTrace(r *http.Request) (span.TraceID, []span.Span, error) {
	id, err := span.ParseTraceID(r.PathValue("id"))
	if err != nil {
		return id, nil, badInput("%v", err)
	}
	spans, err := s.Store.Trace(r.Context(), id)
	if err != nil {
		return id, nil, err
	}
	if len(spans) == 0 && id.High == 0 {
		if id, spans, err = s.traceByLow(r.Context(), id); err != nil {
			return id, nil, err
		}
	}
	if len(spans) == 0 {
		return id, nil, notFound("no span of trace %s is stored; it was never received, or is older than the retention", id)
	}
	orderForReading(spans)
	return id, spans, nil
}

// traceByLow finds a trace by the lower half of its id, which is all that older
// clients log.
func (s *server) traceByLow(ctx context.Context, id span.TraceID) (span.TraceID, []span.Span, error) {
	usage := s.Store.Usage()
	half := query.Compare{Field: query.Field{Name: query.TraceID}, Op: query.Eq, Value: hexID(id.Low)}
	for found, err := range s.Store.List(ctx, store.List{
		Range: store.Range{From: usage.Oldest, To: usage.Newest + 1, Where: half}, Limit: 1, Columns: []query.Field{},
	}) {
		if err != nil {
			return id, nil, err
		}
		spans, err := s.Store.Trace(ctx, found.TraceID)
		return found.TraceID, spans, err
	}
	return id, nil, nil
}

func (s *server) detail(sp *span.Span, start, own int64) spanDetail {
	kind, _ := sp.Tag(span.KeyKind)
	unfinished, _ := sp.Metric(span.KeyUnfinished)
	id := s.identity(sp.Service)
	return spanDetail{
		SpanID: hexID(sp.ID), ParentID: parentID(sp), Offset: sp.Start - start, Duration: sp.Duration, Own: own,
		Service: sp.Service, Identity: id, Inferred: id == nil,
		Name: sp.Name, Resource: sp.Resource, Type: sp.Type, Kind: kind, Error: sp.Error != 0, Unfinished: unfinished != 0,
	}
}

func (d *spanDetail) attributes(sp *span.Span) {
	d.Tags = make(map[string]string, len(sp.Tags))
	for _, t := range sp.Tags {
		d.Tags[t.Key] = t.Value
	}
	d.Metrics = make(map[string]float64, len(sp.Metrics))
	for _, m := range sp.Metrics {
		if isFinite(m.Value) {
			d.Metrics[m.Key] = m.Value
		} else { // JSON has no such number
			d.Tags[m.Key] = query.FormatNumber(m.Value)
		}
	}
	for _, l := range sp.Links {
		out := linkAnswer{TraceID: l.TraceID.String(), SpanID: hexID(l.SpanID), TraceState: l.TraceState}
		if len(l.Attributes) > 0 {
			out.Attributes = make(map[string]string, len(l.Attributes))
			for _, a := range l.Attributes {
				out.Attributes[a.Key] = a.Value
			}
		}
		d.Links = append(d.Links, out)
	}
	for _, e := range sp.Events {
		out := eventAnswer{Time: millis(e.Time), Name: e.Name}
		if len(e.Attributes) > 0 {
			out.Attributes = make(map[string]any, len(e.Attributes))
			for _, a := range e.Attributes {
				out.Attributes[a.Key] = jsonValue(a.Value)
			}
		}
		d.Events = append(d.Events, out)
	}
}

// past is the latency of the spans like this one in the hour before end.
func (s *server) past(ctx context.Context, sp *span.Span, end int64) (*pastAnswer, error) {
	terms := []query.Expr{
		equals(query.Field{Name: query.Service}, sp.Service),
		equals(query.Field{Name: query.Name}, sp.Name),
		equals(query.Field{Name: query.Resource}, sp.Resource),
	}
	if env, _ := sp.Tag(span.KeyEnv); env != "" {
		terms = append(terms, equals(query.Field{Name: query.Env}, env))
	}
	groups, err := s.Store.Group(ctx, store.Group{
		Range: store.Range{From: end - int64(pastRange), To: end, Where: and(terms...)}, Latency: true,
	})
	if err != nil {
		return nil, err
	}
	var h store.Histogram
	for _, g := range groups.Groups {
		h.Merge(g.Latency)
	}
	return &pastAnswer{groups.Total.Spans, h.Quantile(.50), h.Quantile(.95), h.Quantile(.99)}, nil
}

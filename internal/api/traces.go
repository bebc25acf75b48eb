package api

import (
	"context"
	"net/http"
	"time"

	"hoofprint/internal/identity"
	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

type traceRow struct {
	TraceID   string           `json:"trace_id"`
	Start     millis           `json:"start"`
	Duration  int64            `json:"duration"`
	Spans     int              `json:"spans"`
	Errors    int              `json:"errors"`
	ErrorType string           `json:"error_type"`
	Services  []serviceOfTrace `json:"services"`
	Root      rootOfTrace      `json:"root"`
}

type serviceOfTrace struct {
	Name     string             `json:"name"`
	Identity *identity.Identity `json:"identity"`
}

type rootOfTrace struct {
	Service  string             `json:"service"`
	Name     string             `json:"name"`
	Resource string             `json:"resource"`
	SpanID   string             `json:"span_id"`
	Identity *identity.Identity `json:"identity"`
}

func (s *server) traces(r *http.Request, p *params) (any, error) {
	begun := time.Now()
	if p.limit > maxTraces {
		return nil, badInput("limit=%d is too many: at most %d traces at once", p.limit, maxTraces)
	}
	ids, bound, err := s.matchingTraces(r.Context(), p)
	if err != nil {
		return nil, err
	}
	total := len(ids)
	ids = ids[min(p.offset, len(ids)):]
	ids = ids[:min(p.limitOr(defaultLimit), len(ids))]
	out := make([]traceRow, 0, len(ids))
	for _, id := range ids {
		spans, err := s.Store.Trace(r.Context(), id)
		if err != nil {
			return nil, err
		}
		if len(spans) > 0 { // else it was removed in the meantime
			out = append(out, s.summary(id, spans))
		}
	}
	answer := map[string]any{"traces": out, "total": total, "took_ms": time.Since(begun).Milliseconds()}
	if bound {
		answer["total_is_bound"] = true
	}
	return answer, nil
}

// matchingTraces lists the traces of matching spans, each once, in the order
// asked; bound says that there may be more.
func (s *server) matchingTraces(ctx context.Context, p *params) (ids []span.TraceID, bound bool, err error) {
	seen := map[span.TraceID]bool{}
	listed := 0
	for sp, err := range s.Store.List(ctx, store.List{
		Range: p.searched(), Order: p.order, Limit: maxSpansListed, Columns: []query.Field{},
	}) {
		if err != nil {
			return nil, false, err
		}
		listed++
		if !seen[sp.TraceID] {
			seen[sp.TraceID] = true
			ids = append(ids, sp.TraceID)
		}
	}
	return ids, listed == maxSpansListed, nil
}

// summary describes a trace by its spans, which are ordered by start.
func (s *server) summary(id span.TraceID, spans []span.Span) traceRow {
	row := traceRow{TraceID: id.String(), Spans: len(spans), Services: s.servicesOf(spans)}
	start, end := extent(spans)
	row.Start, row.Duration = millis(start), end-start
	for i := range spans {
		sp := &spans[i]
		if sp.Error == 0 {
			continue
		}
		row.Errors++
		if row.ErrorType == "" {
			row.ErrorType, _ = sp.Tag(span.KeyErrorType)
		}
	}
	root := rootOf(spans)
	row.Root = rootOfTrace{root.Service, root.Name, root.Resource, hexID(root.ID), s.identity(root.Service)}
	return row
}

// extent is the time in which a trace ran, in Unix ns.
func extent(spans []span.Span) (start, end int64) {
	start, end = spans[0].Start, spans[0].End()
	for i := range spans {
		start, end = min(start, spans[i].Start), max(end, spans[i].End())
	}
	return start, end
}

// rootOf is the first span without a parent, or if its root was not received
// the first whose parent was not, or else the first of all.
func rootOf(spans []span.Span) *span.Span {
	present := make(map[uint64]bool, len(spans))
	for i := range spans {
		present[spans[i].ID] = true
	}
	var orphan *span.Span
	for i := range spans {
		sp := &spans[i]
		if sp.ParentID == 0 {
			return sp
		}
		if orphan == nil && !present[sp.ParentID] {
			orphan = sp
		}
	}
	if orphan != nil {
		return orphan
	}
	return &spans[0]
}

// servicesOf lists the services of a trace in the order in which it came to them.
func (s *server) servicesOf(spans []span.Span) []serviceOfTrace {
	seen := map[string]bool{}
	out := []serviceOfTrace{}
	for i := range spans {
		if name := spans[i].Service; !seen[name] {
			seen[name] = true
			out = append(out, serviceOfTrace{name, s.identity(name)})
		}
	}
	return out
}

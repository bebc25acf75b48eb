package api

import (
	"net/http"
	"time"

	"hoofprint/internal/identity"
	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

type spanRow struct {
	TraceID   string             `json:"trace_id"`
	SpanID    string             `json:"span_id"`
	ParentID  string             `json:"parent_id"`
	Start     millis             `json:"start"`
	Duration  int64              `json:"duration"`
	Service   string             `json:"service"`
	Name      string             `json:"name"`
	Resource  string             `json:"resource"`
	Type      string             `json:"type"`
	Error     bool               `json:"error"`
	ErrorType string             `json:"error_type"`
	Host      string             `json:"host"`
	Env       string             `json:"env"`
	Version   string             `json:"version"`
	Identity  *identity.Identity `json:"identity"`
	Cols      map[string]string  `json:"cols"`
}

func (s *server) spans(r *http.Request, p *params) (any, error) {
	begun := time.Now()
	where := p.searched()
	host, env, version, errorType := query.Field{Name: query.Host}, query.Field{Name: query.Env}, query.Field{Name: query.Version}, tagField(span.KeyErrorType)
	wanted := []query.Field{host, env, version, errorType}
	for _, c := range p.cols {
		wanted = append(wanted, c.field)
	}
	limit := p.limitOr(defaultLimit)
	out := make([]spanRow, 0, limit)
	for sp, err := range s.Store.List(r.Context(), store.List{Range: where, Order: p.order, Limit: limit, Offset: p.offset, Columns: wanted}) {
		if err != nil {
			return nil, err
		}
		row := spanRow{
			TraceID: sp.TraceID.String(), SpanID: hexID(sp.ID), ParentID: parentID(&sp), Start: millis(sp.Start), Duration: sp.Duration,
			Service: sp.Service, Name: sp.Name, Resource: sp.Resource, Type: sp.Type, Error: sp.Error != 0,
			ErrorType: query.StringValue(errorType, &sp), Host: query.StringValue(host, &sp),
			Env: query.StringValue(env, &sp), Version: query.StringValue(version, &sp),
			Identity: s.identity(sp.Service), Cols: map[string]string{},
		}
		for _, c := range p.cols {
			if v := query.StringValue(c.field, &sp); v != "" {
				row.Cols[c.name] = v
			}
		}
		out = append(out, row)
	}
	groups, err := s.Store.Group(r.Context(), store.Group{Range: where})
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"spans": out, "total": groups.Total.Spans, "errors": groups.Total.Errors,
		"took_ms": time.Since(begun).Milliseconds(),
	}, nil
}

// parentID is "" for a root span.
func parentID(s *span.Span) string {
	if s.ParentID == 0 {
		return ""
	}
	return hexID(s.ParentID)
}

package identity

import (
	"hoofprint/internal/query"
	"hoofprint/internal/span"
)

// IsEntry tells whether a span is a request to its service: a span without a
// parent in its own service, and not one in which the service waits for another.
func IsEntry(s *span.Span) bool {
	if top, _ := s.Metric(span.KeyTopLevel); top != 1 {
		return false
	}
	kind, _ := s.Tag(span.KeyKind)
	return kind != "client" && kind != "producer"
}

// Entries matches the spans for which IsEntry holds.
func Entries() query.Expr {
	return query.And{
		query.Compare{Field: query.Field{Name: span.KeyTopLevel, Tag: true}, Op: query.Eq, Value: "1", Number: 1, IsNumber: true},
		query.Not{X: Callers()},
	}
}

// Answers matches the entry spans in which a service answers its caller, as
// against those that take a message from a queue, which is a thing in between.
func Answers() query.Expr {
	return query.And{
		query.Compare{Field: query.Field{Name: span.KeyTopLevel, Tag: true}, Op: query.Eq, Value: "1", Number: 1, IsNumber: true},
		query.Compare{Field: query.Field{Name: query.Kind}, Op: query.Eq, Value: "server"},
	}
}

// Callers matches the spans in which a service waits for another.
func Callers() query.Expr {
	kind := query.Field{Name: query.Kind}
	return query.Or{
		query.Compare{Field: kind, Op: query.Eq, Value: "client"},
		query.Compare{Field: kind, Op: query.Eq, Value: "producer"},
	}
}

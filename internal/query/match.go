package query

import (
	"fmt"
	"strings"

	"hoofprint/internal/span"
)

// Match tells whether a span satisfies a tree. It is the reference meaning that
// every store's scan is held to. A nil tree matches all.
func Match(e Expr, s *span.Span) bool {
	switch e := e.(type) {
	case nil:
		return true
	case And:
		for _, x := range e {
			if !Match(x, s) {
				return false
			}
		}
		return true
	case Or:
		for _, x := range e {
			if Match(x, s) {
				return true
			}
		}
		return false
	case Not:
		return !Match(e.X, s)
	case Text:
		return matchText(string(e), s)
	case Compare:
		return e.match(s)
	}
	return false
}

func matchText(text string, s *span.Span) bool {
	if ContainsFold(s.Resource, text) || ContainsFold(s.Name, text) {
		return true
	}
	for _, key := range []string{span.KeyErrorType, span.KeyErrorMessage} {
		if v, ok := s.Tag(key); ok && ContainsFold(v, text) {
			return true
		}
	}
	return false
}

// ContainsFold tells whether s contains text, ignoring case.
func ContainsFold(s, text string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(text))
}

func (c Compare) match(s *span.Span) bool {
	if c.Field.Tag {
		if v, ok := s.Tag(c.Field.Name); ok && c.MatchTag(v) {
			return true
		}
		v, ok := s.Metric(c.Field.Name)
		return ok && c.MatchMetric(v)
	}
	switch c.Field.Name {
	case Duration:
		return c.MatchNumber(float64(s.Duration))
	case Start:
		return c.MatchNumber(float64(s.Start))
	case TraceID:
		return c.MatchTraceID(s.TraceID)
	case SpanID:
		return c.MatchID(s.ID)
	case ParentID:
		return c.MatchID(s.ParentID)
	}
	return c.MatchString(StringValue(c.Field, s))
}

// MatchString compares the value of a text intrinsic, "" when it is absent.
func (c Compare) MatchString(v string) bool {
	switch c.Op {
	case Eq:
		return v == c.Value
	case Glob:
		return MatchGlob(c.Value, v)
	case Exists:
		return v != ""
	}
	return false
}

// MatchTag compares the value of a tag that a span has. Ordered comparisons
// read it as a number: an HTTP status travels as text.
func (c Compare) MatchTag(v string) bool {
	switch c.Op {
	case Eq:
		return v == c.Value
	case Glob:
		return MatchGlob(c.Value, v)
	case Exists:
		return true
	}
	n, ok := ParseNumber(v)
	return ok && c.MatchNumber(n)
}

// MatchMetric compares the value of a metric that a span has.
func (c Compare) MatchMetric(v float64) bool {
	switch c.Op {
	case Eq:
		return c.IsNumber && v == c.Number
	case Glob:
		return MatchGlob(c.Value, FormatNumber(v))
	}
	return c.MatchNumber(v)
}

// MatchNumber compares a number that a span has.
func (c Compare) MatchNumber(v float64) bool {
	switch c.Op {
	case Eq:
		return c.IsNumber && v == c.Number
	case Lt:
		return v < c.Number
	case Le:
		return v <= c.Number
	case Gt:
		return v > c.Number
	case Ge:
		return v >= c.Number
	case Exists:
		return true
	}
	return false
}

// MatchTraceID compares a trace id. Sixteen digits compare with its lower half.
func (c Compare) MatchTraceID(id span.TraceID) bool {
	switch c.Op {
	case Eq:
		if len(c.Value) == 16 {
			return c.Value == fmt.Sprintf("%016x", id.Low)
		}
		return c.Value == id.String()
	case Glob:
		return MatchGlob(c.Value, id.String())
	case Exists:
		return true
	}
	return false
}

// MatchID compares a span id or parent id; 0 is absent.
func (c Compare) MatchID(id uint64) bool {
	switch c.Op {
	case Eq:
		return c.Value == fmt.Sprintf("%016x", id)
	case Glob:
		return MatchGlob(c.Value, fmt.Sprintf("%016x", id))
	case Exists:
		return id != 0
	}
	return false
}

// StringValue is the value of a field of a span as text, "" when it is absent:
// what a group is keyed by.
func StringValue(f Field, s *span.Span) string {
	if key := f.TagKey(); key != "" {
		if v, ok := s.Tag(key); ok {
			return v
		}
		if v, ok := s.Metric(key); ok && f.Tag {
			return FormatNumber(v)
		}
		return ""
	}
	switch f.Name {
	case Service:
		return s.Service
	case Name:
		return s.Name
	case Resource:
		return s.Resource
	case Type:
		return s.Type
	case Status:
		if s.Error != 0 {
			return "error"
		}
		return "ok"
	case Duration:
		return FormatNumber(float64(s.Duration))
	case Start:
		return fmt.Sprint(s.Start)
	case TraceID:
		return s.TraceID.String()
	case SpanID:
		return fmt.Sprintf("%016x", s.ID)
	case ParentID:
		if s.ParentID == 0 {
			return ""
		}
		return fmt.Sprintf("%016x", s.ParentID)
	}
	return ""
}

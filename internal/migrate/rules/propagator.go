package rules

import (
	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/syntax"
)

// mendNonActiveSpan gives inject() the span in place of the context. The headers always came
// from the first argument; non_active_span only said which trace to sample before.
func mendNonActiveSpan(s *scan, u use, f *finding.Finding) {
	if u.call == nil || len(u.call.Args)+len(u.call.Keywords) < 3 || starred(u.call.Args) {
		return
	}
	context := names.Arg(u.call, 0, "context")
	if context == nil || context == u.expr {
		return
	}
	drop := s.withoutArgument(u.call, u.at)
	if drop == nil {
		return
	}
	if c, ok := u.expr.(*syntax.Constant); ok && c.Kind == syntax.None {
		f.Edits, f.Safe = drop, true
		return
	}
	span := s.text(u.expr)
	switch {
	case !simple(u.expr):
		return
	case s.text(context) == span:
		f.Edits, f.Safe = drop, true
	case s.text(context) == span+".context":
		f.Edits, f.Safe = append([]finding.Edit{put(context, span)}, drop...), true
	default:
		// The headers stay those of the first argument; whose trace was sampled may not.
		if a, ok := context.(*syntax.Attribute); ok && a.Attr.Name == "context" && simple(a) {
			span = s.text(a.Value)
		} else if sure, _ := s.m.IsA(u.expr, spanClass); !sure && simple(context) {
			span += " or " + s.text(context) // it may be None
		}
		f.Edits = append([]finding.Edit{put(context, span)}, drop...)
	}
	sortEdits(f.Edits)
}

// simple says that an expression is a name or an attribute of one: evaluated once or twice, it is the same.
func simple(e syntax.Expr) bool {
	for {
		switch x := e.(type) {
		case *syntax.Name:
			return true
		case *syntax.Attribute:
			e = x.Value
		default:
			return false
		}
	}
}

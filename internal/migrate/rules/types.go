package rules

import (
	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/syntax"
)

// tagMethods are the methods whose types are narrower in ddtrace 4, with what their values are.
var tagMethods = map[string]string{"set_tag": "str", "set_tags": "str", "set_metric": "number", "set_metrics": "number"}

// tagTypes finds arguments that the types of ddtrace 4 refuse. The program runs as before, so
// they are likely findings at most.
func tagTypes(s *scan, n syntax.Node) {
	c, ok := n.(*syntax.Call)
	if !ok {
		return
	}
	a, ok := c.Func.(*syntax.Attribute)
	if !ok || tagMethods[a.Attr.Name] == "" {
		return
	}
	method := spanClass + "." + a.Attr.Name
	change, ok := registry().changed[method]
	if !ok || s.m.Value(a).Name != method {
		return
	}
	shift := 0
	if s.m.Value(a.Value).Kind == names.Class {
		shift = 1
	}
	if a.Attr.Name == "set_tags" || a.Attr.Name == "set_metrics" {
		switch d := names.Arg(c, shift, tagsParameter[a.Attr.Name]).(type) {
		case *syntax.Dict:
			for i, value := range d.Values {
				if d.Keys[i] != nil {
					s.refusedPair(d.Keys[i], value, change.ID, a.Attr.Name)
				}
			}
		case *syntax.Call: // dict(a=1)
			if f, ok := d.Func.(*syntax.Name); !ok || f.ID != "dict" || s.m.Value(f).Name != "builtins.dict" {
				return
			}
			for _, k := range d.Keywords {
				if k.Name.Name != "" {
					s.refusedPair(nil, k.Value, change.ID, a.Attr.Name)
				}
			}
		}
		return
	}
	key, value := names.Arg(c, shift, "key"), names.Arg(c, shift+1, "value")
	if key == nil || value == nil {
		return
	}
	t := s.refused(key, value, tagMethods[a.Attr.Name])
	if t == "" {
		return
	}
	f := s.refusal(value, change.ID, a.Attr.Name, t)
	text, known := s.m.Const(key)
	switch {
	case a.Attr.Name != "set_tag" || s.typeOf(key) == "bytes":
	case t != "int" && t != "float" || known && text == "http.status_code":
		f.Edits = s.wrapped(value, "str")
	case known && !keysWithMeaning[text]:
		// Either makes a metric of a number.
		f.Edits = []finding.Edit{put(a.Attr, "set_metric")}
	}
	s.found = append(s.found, f)
}

var tagsParameter = map[string]string{"set_tags": "tags", "set_metrics": "metrics"}

// refusedPair judges a pair of set_tags or set_metrics; a key that is nil is text.
func (s *scan) refusedPair(key, value syntax.Expr, id, method string) {
	t := s.refused(key, value, tagMethods[method])
	if t == "" {
		return
	}
	f := s.refusal(value, id, method, t)
	if tagMethods[method] == "str" && s.typeOf(value) == t && t != "int" && t != "float" {
		f.Edits = s.wrapped(value, "str")
	}
	s.found = append(s.found, f)
}

// refused is the type for which a checker refuses a key or a value, or "".
func (s *scan) refused(key, value syntax.Expr, want string) string {
	if key != nil && s.typeOf(key) == "bytes" {
		return "bytes"
	}
	switch t := s.typeOf(value); {
	case want == "str" && t != "" && t != "str" && t != "None":
		return t
	case want == "number" && t != "" && t != "int" && t != "float" && t != "bool":
		return t
	}
	return ""
}

func (s *scan) refusal(value syntax.Expr, id, method, t string) finding.Finding {
	start, end := value.Range()
	f := finding.At(s.file, start, end, id, finding.Likely)
	want := map[string]string{"str": "a str", "number": "an int or a float"}[tagMethods[method]]
	f.Message = "The types of Span." + method + " take " + want + ", so that a type checker refuses this " + t +
		"; at run time it is taken as before"
	switch {
	case tagMethods[method] == "number":
		f.Fix = "Pass a number, or use Span.set_tag for a string"
	case t == "int" || t == "float":
		f.Fix = "Use Span.set_metric for a number, or str(...) for a tag"
	default:
		f.Fix = "Pass str(...)"
	}
	return f
}

// wrapped puts a call around an expression.
func (s *scan) wrapped(e syntax.Expr, function string) []finding.Edit {
	if _, ok := s.m.Parent(e).(*syntax.NamedExpr); ok {
		return nil
	}
	start, end := e.Range()
	return []finding.Edit{{Start: start, End: start, New: function + "("}, {Start: end, End: end, New: ")"}}
}

package rules

import (
	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/syntax"
)

// The classes whose instances rules ask for.
const (
	spanClass = "ddtrace.trace.Span"
)

// keysWithMeaning do more than set a tag when set_tag gets them; set_tag_str only set the tag.
var keysWithMeaning = map[string]bool{
	"manual.keep": true, "manual.drop": true, "service.name": true, "service": true,
	"service.version": true, "_dd.measured": true, "network.destination.port": true,
}

var constantsWithMeaning = map[string]bool{
	"ddtrace.constants.MANUAL_KEEP_KEY": true, "ddtrace.constants.MANUAL_DROP_KEY": true,
	"ddtrace.constants.SERVICE_KEY": true, "ddtrace.constants.SERVICE_VERSION_KEY": true,
	"ddtrace.constants.SPAN_MEASURED_KEY": true, "ddtrace.ext.net.TARGET_PORT": true,
}

// mendSetTagStr writes set_tag. For strings they do the same; set_tag_str dropped all else,
// and decoded bytes.
func mendSetTagStr(s *scan, u use, f *finding.Finding) {
	a, ok := u.expr.(*syntax.Attribute)
	if !ok {
		return
	}
	if in := s.m.EnclosingFunction(a); in != nil && in.Name.Name == "set_tag" && s.m.EnclosingClass(in) != nil {
		if _, ok := a.Value.(*syntax.Name); ok {
			return // of a class of one's own: it would call itself
		}
	}
	f.Edits = []finding.Edit{put(a.Attr, "set_tag")}
	f.Safe = true
	if u.call == nil {
		return
	}
	shift := 0
	if s.m.Value(a.Value).Kind == names.Class {
		shift = 1 // Span.set_tag_str(span, key, value)
	}
	if key := names.Arg(u.call, shift, "key"); key != nil {
		text, known := s.m.Const(key)
		if known && keysWithMeaning[text] || constantsWithMeaning[s.m.Value(key).Name] {
			f.Safe = false
			f.Fix = "Span.set_tag gives this key a meaning of its own: set it where that is meant"
		}
	}
	if value := names.Arg(u.call, shift+1, "value"); value != nil && s.notString(value) {
		f.Safe = false
		f.Fix = "Span.set_tag(key, str(value)): set_tag_str kept no value that was not a str, Span.set_tag makes a metric of a number"
		if s.typeOf(value) == "bytes" {
			f.Fix = "Span.set_tag(key, value.decode()): set_tag_str decoded bytes, Span.set_tag writes them as b'...'"
			switch value.(type) {
			case *syntax.Constant, *syntax.Name, *syntax.Attribute, *syntax.Call, *syntax.Subscript:
				_, end := value.Range()
				f.Edits = append(f.Edits, finding.Edit{Start: end, End: end, New: ".decode()"})
			}
		}
	}
}

// notString says that a value is known to be something else than a str.
func (s *scan) notString(e syntax.Expr) bool {
	kind := s.typeOf(e)
	return kind != "" && kind != "str"
}

// typeOf is the builtin type of an expression: "str", "int", "None", ...; "" if it is not known.
func (s *scan) typeOf(e syntax.Expr) string {
	switch e := e.(type) {
	case *syntax.Constant:
		switch e.Kind {
		case syntax.Str:
			return "str"
		case syntax.Bytes:
			return "bytes"
		case syntax.Number:
			return numberType(e.Value)
		case syntax.True, syntax.False:
			return "bool"
		case syntax.None:
			return "None"
		}
	case *syntax.JoinedStr:
		if !e.Template {
			return "str"
		}
	case *syntax.Dict, *syntax.DictComp:
		return "dict"
	case *syntax.List, *syntax.ListComp:
		return "list"
	case *syntax.Set, *syntax.SetComp:
		return "set"
	case *syntax.Tuple:
		return "tuple"
	case *syntax.Compare:
		return "" // numpy's are not bool
	case *syntax.UnaryOp:
		if e.Op == "not" {
			return "bool"
		}
		if t := s.typeOf(e.Operand); t == "int" || t == "float" {
			return t
		}
		return ""
	}
	v := s.m.Value(e)
	if !v.Sure {
		return ""
	}
	switch {
	case v.Kind == names.None:
		return "None"
	case v.Kind == names.Foreign:
		switch v.Name {
		case "builtins.str()", "builtins.int()", "builtins.float()", "builtins.bool()", "builtins.bytes()",
			"builtins.list()", "builtins.dict()", "builtins.set()", "builtins.tuple()":
			return v.Name[len("builtins.") : len(v.Name)-2]
		case "builtins.len()", "builtins.round()":
			return "int"
		case "builtins.repr()":
			return "str"
		}
	}
	return ""
}

// numberType is that of a number as it is written.
func numberType(text string) string {
	hex := len(text) > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')
	for i := range len(text) {
		switch c := text[i]; {
		case (c == 'j' || c == 'J') && !hex:
			return "complex"
		case c == '.' || (c == 'e' || c == 'E') && !hex:
			return "float"
		}
	}
	return "int"
}

// mendStructTag writes the method that is left, which is not of the public API.
func mendStructTag(s *scan, u use, f *finding.Finding) {
	if a, ok := u.expr.(*syntax.Attribute); ok {
		f.Edits = []finding.Edit{put(a.Attr, "_"+a.Attr.Name)}
	}
}

// mendPprint writes repr(span), which is what _pprint returned.
func mendPprint(s *scan, u use, f *finding.Finding) {
	a, ok := u.expr.(*syntax.Attribute)
	if !ok || u.call == nil || len(u.call.Args)+len(u.call.Keywords) > 0 || s.m.Value(a.Value).Kind == names.Class {
		return
	}
	start, _ := u.call.Range()
	_, end := s.extent(a.Value)
	_, stop := u.call.Range()
	if hasComment(s.file.Text[end:stop]) {
		return
	}
	f.Edits = []finding.Edit{{Start: start, End: start, New: "repr("}, {Start: end, End: stop, New: ")"}}
	f.Safe = true
}

// extent is where an expression is written, with the parentheses around it that its parent
// does not count.
func (s *scan) extent(e syntax.Expr) (start, end int) {
	start, end = e.Range()
	if p, ok := s.m.Parent(e).(*syntax.Attribute); ok {
		outer, _ := p.Range()
		start = outer
		dot := int(p.Attr.Start)
		for dot > end && s.file.Text[dot-1] != '.' {
			dot--
		}
		if dot-1 > end {
			// Up to the dot, without white space before it: a closing parenthesis belongs to it.
			for end = dot - 1; end > start && isBlank(s.file.Text[end-1]); end-- {
			}
		}
	}
	return start, end
}

func isBlank(c byte) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\\' || c == '\f'
}

// assignments finds `span.finished = ...`.
func assignments(s *scan, n syntax.Node) {
	a, ok := n.(*syntax.Attribute)
	if !ok || a.Attr.Name != "finished" || !s.stored(a) {
		return
	}
	change, ok := registry().changed["ddtrace.trace.Span.finished"]
	if !ok {
		if change, ok = registry().gone["ddtrace.trace.Span.finished"]; !ok {
			return
		}
	}
	sure, likely := s.m.IsA(a.Value, spanClass)
	if !sure && !likely && !(s.m.UsesTracer && s.m.Value(a.Value).Kind == names.Unknown && mentionsSpan(s.text(a.Value))) {
		return
	}
	if _, deleted := s.m.Parent(a).(*syntax.Delete); deleted {
		return // which raised before
	}
	u := use{name: "ddtrace.trace.Span.finished", change: change, at: a.Attr, expr: a, sure: sure}
	s.report(u)
	f := &s.found[len(s.found)-1]
	assign, ok := s.m.Parent(a).(*syntax.Assign)
	switch s.m.Parent(a).(type) {
	case *syntax.For, *syntax.Comprehension:
		f.Message = "Span.finished can only be read, and a loop that has it as its variable raises AttributeError"
	case *syntax.WithItem:
		f.Message = "Span.finished can only be read, and a with statement that binds it raises AttributeError"
	}
	if !ok || len(assign.Targets) != 1 {
		return
	}
	if c, ok := assign.Value.(*syntax.Constant); ok && c.Kind == syntax.True {
		_, end := a.Range()
		_, stop := assign.Range()
		if !hasComment(s.file.Text[end:stop]) {
			// The assignment kept the span from ever being sent; finish() sends it: not the same.
			f.Edits = []finding.Edit{{Start: int(a.Attr.Start), End: stop, New: "finish()"}}
		}
	}
}

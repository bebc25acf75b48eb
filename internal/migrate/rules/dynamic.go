package rules

import (
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/syntax"
)

// byName are members that code reaches by their name as a string. Those that other things have
// too need evidence that it is ddtrace's.
var byName = map[string]string{
	"_pprint":  spanClass + "._pprint",
	"finished": spanClass + ".finished",
	"Pin":      "ddtrace.trace.Pin",
}

// dynamicAccess finds names in strings: getattr, hasattr, setattr, delattr, mock.patch.object,
// monkeypatch, mock.patch("ddtrace..."), specs of mocks, import_module.
func dynamicAccess(s *scan, n syntax.Node) {
	switch n := n.(type) {
	case *syntax.Constant:
		if n.Kind == syntax.Str {
			s.namedInString(n)
		}
	case *syntax.Call:
		// Mock(set_tag_str=...)
		for _, k := range n.Keywords {
			if name := distinctive[k.Name.Name]; name != "" && !strings.HasSuffix(name, ")") && (s.m.UsesTracer || s.p.UsesTracer()) {
				s.dynamic(name, k.Name)
			}
		}
	}
}

// namedInString looks at a string that is nothing but a name.
func (s *scan) namedInString(c *syntax.Constant) {
	text := c.Value
	if len(text) < 3 || len(text) > 200 || strings.ContainsAny(text, " \t\n:/") {
		return
	}
	if strings.HasPrefix(text, "ddtrace.") {
		name, change, ok := registry().lookup(text)
		if !ok {
			name, change, ok = registry().lookup(names.Member(text))
		}
		if ok && !s.docstring(c) {
			s.report(use{name: name, change: change, at: c, sure: false})
		}
		return
	}
	name, distinct := distinctive[text]
	if !distinct {
		// configure_mock(**{"set_tag_str.return_value": ...})
		head, _, dotted := strings.Cut(text, ".")
		if name, distinct = distinctive[head]; !distinct || !dotted {
			if name = byName[text]; name == "" || !s.reachesSpan(c, text) {
				return
			}
		}
	} else if !s.m.UsesTracer && !s.p.UsesTracer() {
		return
	}
	if call, ok := s.m.Parent(c).(*syntax.Call); ok && len(call.Args) > 1 && call.Args[1] == syntax.Expr(c) && s.foreign(call.Args[0]) {
		return
	}
	s.dynamic(name, c)
}

// reachesSpan says that a string is the second argument of a call whose first is ddtrace's:
// for finished, one that sets it.
func (s *scan) reachesSpan(c *syntax.Constant, text string) bool {
	call, ok := s.m.Parent(c).(*syntax.Call)
	if !ok || len(call.Args) < 2 {
		return false
	}
	if f, method := call.Func.(*syntax.Attribute); method && text == "finished" && f.Attr.Name == "__setattr__" {
		// span.__setattr__("finished", ...), object.__setattr__(span, "finished", ...)
		return call.Args[0] == syntax.Expr(c) && s.maybeSpan(f.Value) || call.Args[1] == syntax.Expr(c) && s.maybeSpan(call.Args[0])
	}
	if call.Args[1] != syntax.Expr(c) {
		return false
	}
	if text == "finished" {
		f, ok := call.Func.(*syntax.Name)
		return ok && f.ID == "setattr" && s.maybeSpan(call.Args[0])
	}
	v := s.m.Value(call.Args[0])
	return v.Tracer() && (text != "Pin" || v.Name == "ddtrace" || v.Name == "ddtrace.trace") && (text == "Pin" || v.Name == spanClass)
}

// maybeSpan says that an expression is a span of ddtrace, or unknown and named like one.
func (s *scan) maybeSpan(e syntax.Expr) bool {
	v := s.m.Value(e)
	return v.Tracer() && v.Name == spanClass || v.Kind == names.Unknown && s.m.UsesTracer && mentionsSpan(s.text(e))
}

// dynamic reports a name that code reaches without an attribute.
func (s *scan) dynamic(name string, at syntax.Node) {
	change, ok := registry().change(name)
	if !ok {
		if change, ok = registry().changed[name]; !ok {
			return
		}
	}
	start, end := at.Range()
	f := finding.At(s.file, start, end, change.ID, finding.Likely)
	f.Message, f.Fix = change.Why, change.Instead
	if next, ok := change.Renames[name]; ok {
		f.Edits = s.renamedMention(at, name, next)
	}
	s.found = append(s.found, f)
}

// renamedMention writes the new name in a string or a keyword that is the old one.
func (s *scan) renamedMention(at syntax.Node, name, next string) []finding.Edit {
	_, from, _ := cutLast(name)
	_, to, _ := cutLast(next)
	start, end := at.Range()
	switch at := at.(type) {
	case *syntax.Constant:
		if len(at.Pieces) != 1 {
			return nil
		}
		piece := at.Pieces[0]
		start, end = int(piece.Start+piece.Open), int(piece.End-piece.Close)
	case definition:
		return nil // callers by the old name may be anywhere
	}
	written := string(s.file.Text[start:end])
	if written != from && !strings.HasPrefix(written, from+".") {
		return nil
	}
	return []finding.Edit{{Start: start, End: start + len(from), New: to}}
}

// definition is the name of a function where it is defined.
type definition struct{ syntax.Ident }

// docstring says that a string stands alone as a statement.
func (s *scan) docstring(c *syntax.Constant) bool {
	_, ok := s.m.Parent(c).(*syntax.ExprStmt)
	return ok
}

// overrides finds methods of the project's own classes that bear a removed one's name: nothing
// calls them any more.
func overrides(s *scan, n syntax.Node) {
	f, ok := n.(*syntax.FunctionDef)
	if !ok {
		return
	}
	for _, a := range parametersOf(f.Args) {
		// A wrapper that hands non_active_span on.
		if name := distinctive[a.Name.Name]; strings.HasSuffix(name, ")") && s.p.UsesTracer() {
			s.dynamic(name, a.Name)
		}
	}
	class := s.m.EnclosingClass(f)
	if class == nil || s.m.EnclosingFunction(f) != nil {
		return
	}
	for name := range registry().gone {
		owner, member, ok := cutLast(name)
		if !ok || member != f.Name.Name {
			continue
		}
		if sure, likely := s.m.Inherits(class, owner); sure || likely || distinctive[member] == name && s.p.UsesTracer() && s.maybeDouble(class) {
			s.dynamic(name, definition{f.Name})
			return
		}
	}
}

// maybeDouble says that a class may stand for a span or a tracer of ddtrace: not if it derives
// from another package's, nor if nothing about it speaks of tracing.
func (s *scan) maybeDouble(class *syntax.ClassDef) bool {
	unknown := false
	for _, base := range class.Bases {
		switch {
		case !s.foreign(base):
			unknown = true
		case !strings.HasPrefix(s.m.Value(base).Name, "builtins"):
			return false
		}
	}
	if unknown {
		return true
	}
	name := strings.ToLower(class.Name.Name)
	for _, word := range []string{"span", "trac", "fake", "mock", "stub", "dummy", "noop", "double"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

func cutLast(path string) (owner, member string, ok bool) {
	at := strings.LastIndexByte(path, '.')
	if at < 0 {
		return "", path, false
	}
	return path[:at], path[at+1:], true
}

func parametersOf(a *syntax.Arguments) []*syntax.Arg {
	if a == nil {
		return nil
	}
	all := append(append(append([]*syntax.Arg(nil), a.PosOnly...), a.Args...), a.KwOnly...)
	return all
}

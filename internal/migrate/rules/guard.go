package rules

import (
	"strconv"
	"strings"

	"hoofprint/internal/migrate/syntax"
)

// guarded says that a program has the new way as well, and takes it where the old one is gone: after a
// failed import, by the version of ddtrace, or where hasattr finds nothing.
func (s *scan) guarded(u use) bool {
	from := s.place(u)
	for child, p := from, s.m.Parent(from); p != nil; child, p = p, s.m.Parent(p) {
		switch p := p.(type) {
		case *syntax.If:
			if child != syntax.Node(p.Test) && s.notTaken(p.Test, holds(p.Body, child), u) {
				return true
			}
		case *syntax.IfExp:
			if child != syntax.Node(p.Test) && s.notTaken(p.Test, child == syntax.Node(p.Body), u) {
				return true
			}
		case *syntax.Try:
			if holds(p.Body, child) && s.recovers(p, u) {
				return true
			}
		case *syntax.ExceptHandler:
			if try, ok := s.m.Parent(p).(*syntax.Try); ok && s.catches(p, "ImportError", "ModuleNotFoundError") && importsTracer(try.Body) {
				return true
			}
		case *syntax.FunctionDef, *syntax.ClassDef:
			if _, ok := from.(syntax.Stmt); !ok {
				return false // what is around a function is no matter of a call in it
			}
		}
	}
	return false
}

// place is a node of the tree for a use.
func (s *scan) place(u use) syntax.Node {
	if u.expr != nil {
		return u.expr
	}
	if at, ok := u.at.(syntax.Ident); ok {
		if n := s.imports()[at.Start]; n != nil {
			return n
		}
	}
	if u.call != nil {
		return u.call
	}
	if a, ok := u.at.(*syntax.Alias); ok {
		return s.m.Parent(a)
	}
	return u.at
}

func holds(suite []syntax.Stmt, n syntax.Node) bool {
	for _, one := range suite {
		if syntax.Node(one) == n {
			return true
		}
	}
	return false
}

// recovers says that the handlers of a try do it in another way where this one fails.
func (s *scan) recovers(t *syntax.Try, u use) bool {
	for _, h := range t.Handlers {
		switch place := s.place(u).(type) {
		case *syntax.Import, *syntax.ImportFrom:
			if s.catches(h, "ImportError", "ModuleNotFoundError") && importsTracer(h.Body) {
				return true
			}
		default:
			_, last, _ := cutLast(u.name)
			wrong := "AttributeError"
			if strings.HasSuffix(last, ")") {
				wrong = "TypeError"
			}
			expr, ok := place.(syntax.Expr)
			if !ok || !s.catches(h, wrong) {
				continue
			}
			// The same receiver in the handler.
			if a, ok := expr.(*syntax.Attribute); ok && mentionsText(s, h.Body, s.text(a.Value)) {
				return true
			} else if c, ok := expr.(*syntax.Call); ok && mentionsText(s, h.Body, s.text(c.Func)) {
				return true
			}
		}
	}
	return false
}

func mentionsText(s *scan, suite []syntax.Stmt, text string) bool {
	for _, one := range suite {
		if strings.Contains(s.text(one), text) {
			return true
		}
	}
	return false
}

func (s *scan) catches(h *syntax.ExceptHandler, names ...string) bool {
	if h.Type == nil {
		return false
	}
	for _, name := range names {
		if strings.Contains(s.text(h.Type), name) {
			return true
		}
	}
	return false
}

// importsTracer says that statements import something of ddtrace.
func importsTracer(suite []syntax.Stmt) bool {
	found := false
	for _, one := range suite {
		syntax.Walk(one, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Import:
				for _, a := range n.Names {
					found = found || strings.HasPrefix(a.Name.Name, "ddtrace")
				}
			case *syntax.ImportFrom:
				found = found || n.Level == 0 && (n.Module.Name == "ddtrace" || strings.HasPrefix(n.Module.Name, "ddtrace."))
			}
			return !found
		})
	}
	return found
}

// notTaken says that a condition keeps ddtrace 4 from the branch, or may.
func (s *scan) notTaken(test syntax.Expr, body bool, u use) bool {
	text := s.text(test)
	if _, last, ok := cutLast(u.name); ok && strings.Contains(text, "hasattr(") &&
		(strings.Contains(text, `"`+last+`"`) || strings.Contains(text, "'"+last+"'")) {
		return true
	}
	c, ok := test.(*syntax.Compare)
	if !ok || len(c.Ops) != 1 || !s.tracerVersion(c.Left) {
		return false
	}
	major, minor, ok := written(c.Comparators[0])
	if !ok {
		return true
	}
	var on4 bool // the condition in ddtrace 4
	switch c.Ops[0] {
	case ">=", ">":
		on4 = major < 4 || major == 4 && minor == 0
		if !on4 && major == 4 {
			return true
		}
	case "<", "<=":
		on4 = major > 4
		if major == 4 && minor > 0 {
			return true
		}
	default:
		return true
	}
	return on4 != body
}

// tracerVersion says that an expression is the version of ddtrace.
func (s *scan) tracerVersion(e syntax.Expr) bool {
	is := func(text string) bool {
		text = strings.ToLower(text)
		return strings.Contains(text, "ddtrace") && strings.Contains(text, "version")
	}
	if is(s.text(e)) {
		return true
	}
	name, ok := e.(*syntax.Name)
	if !ok {
		return false
	}
	found := false
	syntax.Walk(s.m.Tree, func(n syntax.Node) bool {
		if a, ok := n.(*syntax.Assign); ok && len(a.Targets) == 1 {
			if t, ok := a.Targets[0].(*syntax.Name); ok && t.ID == name.ID && is(s.text(a.Value)) {
				found = true
			}
		}
		return !found
	})
	return found
}

// written are the first numbers of a version in an expression: "3.0.0", parse("3.0"), (3, 0).
func written(e syntax.Expr) (major, minor int, ok bool) {
	var parts []string
	syntax.Walk(e, func(n syntax.Node) bool {
		if c, is := n.(*syntax.Constant); is && len(parts) < 2 {
			parts = append(parts, strings.Split(c.Value, ".")...)
		}
		return true
	})
	if len(parts) == 0 {
		return 0, 0, false
	}
	major, err := strconv.Atoi(parts[0])
	if err != nil {
		return 0, 0, false
	}
	if len(parts) > 1 {
		if minor, err = strconv.Atoi(parts[1]); err != nil {
			return 0, 0, false
		}
	}
	return major, minor, true
}

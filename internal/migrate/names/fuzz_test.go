package names

import (
	"testing"

	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
)

// everyExpression asks all there is to ask of a module.
func everyExpression(m *Module) (asked, known int) {
	if m.Tree == nil {
		return 0, 0
	}
	syntax.Walk(m.Tree, func(n syntax.Node) bool {
		switch n := n.(type) {
		case syntax.Expr:
			asked++
			if m.Value(n).Kind != Unknown {
				known++
			}
			m.Getenv(n)
			m.Const(n)
			m.EnclosingFunction(n)
			m.EnclosingClass(n)
		case *syntax.ClassDef:
			m.Inherits(n, "ddtrace.trace.Span")
		case *syntax.Alias:
			m.Imported(n)
		case *syntax.ImportFrom:
			m.ImportedModule(n)
		}
		return true
	})
	return asked, known
}

func FuzzValue(f *testing.F) {
	f.Add("from ddtrace import tracer\nwith tracer.trace('x') as s:\n    s.set_tag_str('a', 'b')\n", "from a import *\n")
	f.Add("def f(x=f(lambda: x)): return f(x)\nclass A(A): a = A().a\nx = x.x = x[x] = x\n", "import a\nfrom . import b\n")
	f.Add("[x for x in [y for y in x] if isinstance(x, (y, x))]\nmatch x:\n  case A(b=c) as d: d\n", "global x\nx: 'x' = x\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		p := Load([]*source.File{source.New("a.py", []byte(a)), source.New("b.py", []byte(b))}, "a", "=", "(", " ")
		for _, m := range p.Modules() {
			everyExpression(m)
		}
	})
}

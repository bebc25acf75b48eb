package names

import (
	"fmt"
	"strings"
	"testing"

	"hoofprint/internal/migrate/syntax"
)

// firstUse is the argument of the first use(...) of a module.
func firstUse(t *testing.T, m *Module) syntax.Expr {
	t.Helper()
	var found syntax.Expr
	syntax.Walk(m.Tree, func(n syntax.Node) bool {
		if c, ok := n.(*syntax.Call); ok && found == nil {
			if name, ok := c.Func.(*syntax.Name); ok && name.ID == "use" {
				found = c.Args[0]
			}
		}
		return true
	})
	if found == nil {
		t.Fatalf("%s has no use()", m.File.Path)
	}
	return found
}

func TestVariablesOfTheEnvironment(t *testing.T) {
	for code, want := range map[string]string{
		`import os; use(os.environ["DD_X"])`:                                            "DD_X",
		`import os; use(os.environ.get("DD_X", 1))`:                                     "DD_X",
		`import os; use(os.getenv("DD_X"))`:                                             "DD_X",
		`import os; use(os.getenv(key="DD_X"))`:                                         "DD_X",
		`from os import environ as e; use(e.pop("DD_X"))`:                               "DD_X",
		`from os import getenv; use(getenv("DD" + "_X"))`:                               "DD_X",
		`from os import getenv; N = "X"; use(getenv(f"DD_{N}"))`:                        "DD_X",
		`import os; e = os.environ.copy(); use(e["DD_X"])`:                              "DD_X",
		`import os; e = dict(os.environ); use(e["DD_X"])`:                               "",
		`import os; use("DD_X" in os.environ)`:                                          "DD_X",
		`import environ; env = environ.Env(); use(env.bool("DD_X", default=True))`:      "DD_X",
		`from decouple import config; use(config("DD_X"))`:                              "DD_X",
		`def test_x(monkeypatch): use(monkeypatch.setenv("DD_X", "1"))`:                 "DD_X",
		`def f(env): use(env.get("DD_X"))`:                                              "",
		`import os; use(os.path.get("DD_X"))`:                                           "",
		`class E: environ = {}` + "\nos = E()\n" + `use(os.environ["DD_X"])`:            "",
		`import mine; use(mine.setenv("DD_X"))`:                                         "",
		`import os` + "\n" + `for n in ("DD_X", "DD_X"): use(os.environ.setdefault(n))`: "DD_X",
	} {
		m := projectOf(code).Modules()[0]
		got := ""
		if name := m.Getenv(firstUse(t, m)); name != nil {
			got, _ = m.Const(name)
		}
		if got != want {
			t.Errorf("%s reads %q, want %q", code, got, want)
		}
	}
}

func TestStringsThatAreKnown(t *testing.T) {
	for code, want := range map[string]string{
		`use("a" "b")`:                                               "ab",
		`A = "a"; use(A + "b")`:                                      "ab",
		`A = "a"; use(f"{A}-b")`:                                     "a-b",
		`class C: X = "x"` + "\nuse(C.X)":                            "x",
		`def f(): return "r"` + "\nuse(f())":                         "r",
		`from ddtrace.constants import MANUAL_KEEP_KEY as K; use(K)`: "manual.keep",
		`A = "a"; A = "b"; use(A)`:                                   "b",
		`A = "a" if x else "b"; use(A)`:                              "?",
		`A = "a"; A += "b"; use(A)`:                                  "?",
		`use(b"a")`:                                                  "?",
		`use(unknown)`:                                               "?",
		"a = 'x' * 9\n" + strings.Repeat("a = a + a\n", 40) + "use(a)":    "?",
		"a = 'xxxxxxxx'\n" + strings.Repeat("a = a + a\n", 40) + "use(a)": "?",
	} {
		m := projectOf(code).Modules()[0]
		got, ok := m.Const(firstUse(t, m))
		if !ok {
			got = "?"
		}
		if got != want {
			t.Errorf("%.60s is %q, want %q", code, got, want)
		}
	}
}

func TestOnlyFilesWorthItAreRead(t *testing.T) {
	p := projectOf(`--- a.py
import ddtrace
--- b.py
x = 1
--- c.py
use("x")
--- d.py
import a
use(a.ddtrace)
--- e.py
from b import *
use(
--- tracing.py
from a import ddtrace
`)
	var got []string
	for _, m := range p.Modules() {
		got = append(got, fmt.Sprintf("%s %v %v", m.File.Path, m.UsesTracer, m.Err != nil))
	}
	want := "a.py true false, c.py false false, d.py false false, e.py false true, tracing.py true false"
	if all := strings.Join(got, ", "); all != want {
		t.Errorf("modules are %s, want %s", all, want)
	}
	if !p.UsesTracer() {
		t.Error("the project uses ddtrace")
	}
	for _, m := range p.all {
		if m.File.Path == "b.py" && m.Tree != nil {
			t.Error("b.py was read")
		}
	}
}

func TestModulesImportedFrom(t *testing.T) {
	p := projectOf(`--- pkg/__init__.py
--- pkg/a.py
from . import b  # use(
from .b import c
from .. import d
from ddtrace.opentracer import Tracer
from .missing import e
--- pkg/b.py
`)
	var got []string
	syntax.Walk(p.Modules()[0].Tree, func(n syntax.Node) bool {
		if s, ok := n.(*syntax.ImportFrom); ok {
			got = append(got, p.Modules()[0].ImportedModule(s))
		}
		return true
	})
	if all := strings.Join(got, " "); all != "pkg pkg.b  ddtrace.opentracer pkg.missing" {
		t.Errorf("imported from %s", all)
	}
}

func TestNodesAround(t *testing.T) {
	m := projectOf(`
class C:
    @deco(1)
    def f(self, x=2):
        class D:
            pass
        return [use(y) for y in x]
def g(): pass
`).Modules()[0]
	e := firstUse(t, m)
	if f := m.EnclosingFunction(e); f == nil || f.Name.Name != "f" {
		t.Errorf("it is in %v", f)
	}
	if c := m.EnclosingClass(e); c == nil || c.Name.Name != "C" {
		t.Errorf("it is in %v", c)
	}
	f := m.EnclosingFunction(e)
	if m.EnclosingFunction(f.Decorators[0]) != nil || m.EnclosingFunction(f) != nil {
		t.Error("a decorator is not in its function")
	}
	if m.Parent(m.Tree) != nil || m.Parent(f) == nil {
		t.Error("parents are wrong")
	}
}

func TestSubclassesAreToldFromLookalikes(t *testing.T) {
	m := projectOf(`
from ddtrace import Span, tracer
import other
class A(Span): pass
class B(A): pass
class C(other.Span): pass
class D: pass
class E(Span if x else other.Span): pass
a = B("x")
use(a)
`).Modules()[0]
	var got []string
	syntax.Walk(m.Tree, func(n syntax.Node) bool {
		if c, ok := n.(*syntax.ClassDef); ok {
			sure, likely := m.Inherits(c, "ddtrace.Span")
			got = append(got, fmt.Sprint(c.Name.Name, sure, likely))
		}
		return true
	})
	if all := strings.Join(got, " "); all != "Atrue true Btrue true Cfalse false Dfalse false Efalse true" {
		t.Error(all)
	}
	if v := m.Value(firstUse(t, m)); v.Own != "app.B" || v.Name != "ddtrace.trace.Span" {
		t.Errorf("B() is %+v", v)
	}
	if sure, likely := m.IsA(firstUse(t, m), "ddtrace._trace.span.Span"); !sure || !likely {
		t.Error("B() is a span")
	}
}

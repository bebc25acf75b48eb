// Package names says what a name, an attribute or a parameter of Python code is, so that a use
// of ddtrace is told from a like-named use of something else.
//
// Names are followed through imports, the scanned project's own modules, assignments, `with`,
// annotations, parameters, returns and attributes. Nothing is evaluated. What is not followed
// is Unknown, which is never wrong.
package names

import (
	"hoofprint/internal/migrate/syntax"
)

// Kind says what a Value is.
type Kind uint8

// The kinds of values. All but Unknown, None and Foreign are ddtrace's.
const (
	// Unknown could be anything.
	Unknown Kind = iota
	// Package is a module or package of ddtrace: "ddtrace", "ddtrace.opentracer".
	Package
	// Class is a class of ddtrace, or a class of the project that derives from it (see Own):
	// "ddtrace.trace.Span".
	Class
	// Instance is an instance of a class of ddtrace; Name is the class.
	Instance
	// Function is a function of ddtrace ("ddtrace.patch_all"), or a method, bound or not
	// ("ddtrace.trace.Span.set_tag").
	Function
	// Data is anything else in ddtrace: "ddtrace.config", "ddtrace.trace.Span.name". A call of
	// which it is the result ends in "()".
	Data
	// None is Python's None.
	None
	// Foreign is of another package or of the project itself: "opentelemetry.trace.Span" is the
	// class or module as it is imported, "opentelemetry.trace.Span()" what a call of it returns
	// or an annotation with it says, "openai.OpenAI().chat.completions.create" an attribute of
	// that. Builtins are "builtins.str()" and the like.
	Foreign
)

// Value is what an expression is.
type Value struct {
	Kind Kind
	// Name is the canonical public dotted path, the same whichever way it was reached:
	// "ddtrace.trace.Span" for ddtrace.Span, ddtrace.span.Span and ddtrace._trace.span.Span.
	Name string
	// Own is the project's class, "app.spans.MySpan", that derives from Name, if it is not Name
	// itself.
	Own string
	// Sure says that it is nothing else, wherever the program got to here.
	Sure bool
}

// Tracer says that it is ddtrace's.
func (v Value) Tracer() bool {
	return v.Kind != Unknown && v.Kind != None && v.Kind != Foreign
}

// Value is what an expression is. Where it may be several things, it is the one of ddtrace,
// with Sure false.
func (m *Module) Value(e syntax.Expr) Value {
	values := m.Values(e)
	if len(values) == 0 {
		return Value{}
	}
	return values[0]
}

// Values are all the things that an expression may be, ddtrace's first. It ends with Unknown
// if it may be others.
func (m *Module) Values(e syntax.Expr) []Value { return nil }

// IsA says if an expression is an instance of a class of ddtrace, or of one that derives from
// it: surely, or perhaps.
func (m *Module) IsA(e syntax.Expr, class string) (sure, likely bool) { return false, false }

// Inherits says if a class definition derives from a class of ddtrace: surely, or perhaps.
func (m *Module) Inherits(c *syntax.ClassDef, class string) (sure, likely bool) { return false, false }

// Imported is what an alias of an import statement brings: for `import a.b` the module a.b.
func (m *Module) Imported(a *syntax.Alias) Value { return Value{} }

// ImportedModule is the absolute dotted name of the module that a statement imports from.
func (m *Module) ImportedModule(s *syntax.ImportFrom) string { return "" }

// Parent is the node around n; nil for the module.
func (m *Module) Parent(n syntax.Node) syntax.Node { return nil }

// EnclosingFunction is the innermost def around n, not n itself; nil at module level.
func (m *Module) EnclosingFunction(n syntax.Node) *syntax.FunctionDef { return nil }

// EnclosingClass is the class of whose body n is a part, through a method too; nil if none.
func (m *Module) EnclosingClass(n syntax.Node) *syntax.ClassDef { return nil }

// Environment says if an expression is the mapping os.environ, or a copy of it.
func (m *Module) Environment(e syntax.Expr) bool { return false }

// Getenv is the expression of the variable's name, if a node reads or writes the process's
// environment: os.environ["X"], os.environ.get("X"), os.getenv("X"), monkeypatch.setenv("X", ...),
// or puts it in a mapping that becomes an environment.
func (m *Module) Getenv(e syntax.Expr) syntax.Expr { return nil }

// Const is the string that an expression is, followed through names and concatenation.
func (m *Module) Const(e syntax.Expr) (string, bool) { return "", false }

// Arg is what a call passes for a parameter: by position (from 0), or by name. nil if it does
// not, or in a * or **.
func Arg(c *syntax.Call, position int, name string) syntax.Expr { return nil }

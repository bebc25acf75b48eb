// Package names says what a name, an attribute or a parameter of Python code is, so that a use
// of ddtrace is told from a like-named use of something else.
//
// Names are followed through imports, the scanned project's own modules, assignments, `with`,
// annotations, parameters, returns and attributes. Nothing is evaluated. What is not followed
// is Unknown, which is never wrong.
package names

import (
	"strings"

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
func (m *Module) Values(e syntax.Expr) []Value {
	found := m.ask(e)
	m.project.mu.Lock()
	defer m.project.mu.Unlock()
	return found.values()
}

// IsA says if an expression is an instance of a class of ddtrace, or of one that derives from
// it: surely, or perhaps.
func (m *Module) IsA(e syntax.Expr, class string) (sure, likely bool) {
	class = canonical(class)
	for _, v := range m.Values(e) {
		if v.Kind == Instance && v.Name == class {
			return v.Sure, true
		}
	}
	return false, false
}

// Inherits says if a class definition derives from a class of ddtrace: surely, or perhaps.
func (m *Module) Inherits(c *syntax.ClassDef, from string) (sure, likely bool) {
	known := m.classes[c]
	if known == nil {
		return false, false
	}
	m.project.mu.Lock()
	defer m.project.mu.Unlock()
	m.project.begin()
	from = canonical(from)
	for _, a := range known.ancestors() {
		if a.class == nil && a.path == from {
			return !known.unsure, true
		}
	}
	return false, false
}

// Imported is what an alias of an import statement brings: for `import a.b` the module a.b.
func (m *Module) Imported(a *syntax.Alias) Value {
	if m.Tree == nil {
		return Value{}
	}
	parent := m.parent(a)
	m.project.mu.Lock()
	defer m.project.mu.Unlock()
	m.project.begin()
	found := unknown
	switch s := parent.(type) {
	case *syntax.Import:
		found = m.moduleNamed(a.Name.Name)
	case *syntax.ImportFrom:
		if a.Name.Name == "*" {
			return Value{}
		}
		found = m.fromModule(s, a.Name.Name)
	}
	if values := found.values(); len(values) > 0 {
		return values[0]
	}
	return Value{}
}

// ImportedModule is the absolute dotted name of the module that a statement imports from.
func (m *Module) ImportedModule(s *syntax.ImportFrom) string {
	if s.Level == 0 {
		return s.Module.Name
	}
	if from, _ := m.relative(s); from != nil {
		return from.Name
	}
	folder := m.relativeFolder(s)
	if folder == "." || strings.HasPrefix(folder, "..") {
		return "" // outside of the scanned folder
	}
	return m.project.nameOf(folder + ".py")
}

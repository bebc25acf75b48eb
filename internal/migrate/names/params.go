package names

import (
	"path"
	"slices"
	"strings"

	"hoofprint/internal/migrate/syntax"
)

// parameter is what a parameter is: by the class it is of, its annotation, those who call the
// function, its default.
func (m *Module) parameter(b *binding) things {
	arg, ok := b.node.(*syntax.Arg)
	fn := b.fn
	if !ok || fn == nil || fn.args == nil {
		return unknown
	}
	a := fn.args
	if fn.class != nil && arg.Name.Name == fn.first() && len(a.PosOnly)+len(a.Args) > 0 && !fn.decorated("staticmethod") &&
		(fn.def != nil || arg.Name.Name == "self") {
		if fn.decorated("classmethod") || fn.def != nil && slices.Contains([]string{"__new__", "__init_subclass__", "__class_getitem__"}, fn.def.Name.Name) {
			return one(thing{shape: klass, class: fn.class})
		}
		return one(thing{shape: object, class: fn.class})
	}
	var promised things
	if arg.Annotation != nil {
		promised = m.annotation(arg.Annotation)
	}
	switch arg {
	case a.Vararg:
		if promised.vague() {
			promised = m.fromCallers(fn, arg)
		}
		return one(boxOf("tuple", promised))
	case a.Kwarg:
		return one(boxOf("dict", promised))
	}
	if !promised.vague() {
		return promised
	}
	if found := m.contract(fn, arg); len(found) > 0 {
		return found
	}
	if found := m.fixture(fn, arg.Name.Name); len(found) > 0 {
		return found
	}
	found := m.fromCallers(fn, arg)
	if arg.Default != nil {
		if d := plain(m.eval(arg.Default)); !d.vague() {
			if fn.calledFrom == 0 && d.tracer() {
				return d // nobody is seen to call it with something else
			}
			found = found.with(d)
		}
	}
	return found
}

// contract is what ddtrace passes to what it calls back.
func (m *Module) contract(fn *callable, arg *syntax.Arg) things {
	i := fn.index(arg)
	span := one(thing{shape: external, path: "ddtrace.trace.Span", instance: true})
	if fn.class != nil && fn.def != nil && i == 1 {
		for _, a := range fn.class.ancestors() {
			switch {
			case a.class != nil:
			case (a.path == "ddtrace.trace.TraceFilter" || a.path == "ddtrace.trace.TraceProcessor") && fn.def.Name.Name == "process_trace":
				return one(boxOf("list", span))
			case a.path == "ddtrace.trace.SpanProcessor" && strings.HasPrefix(fn.def.Name.Name, "on_span_"):
				return span
			}
		}
	}
	if fn.def == nil || i != 0 {
		return nil
	}
	for _, d := range fn.def.Decorators {
		for _, t := range m.eval(d) {
			if t.shape == external && hook(t.path) {
				return span
			}
		}
	}
	return nil
}

// hook says that a function of ddtrace calls the function it is given with a span.
func hook(path string) bool {
	return path == "ddtrace.trace.Tracer.on_start_span" || path == "ddtrace.trace.Tracer.deregister_on_start_span"
}

// index is the position of a parameter; -1 for one by name only.
func (fn *callable) index(arg *syntax.Arg) int {
	for i, a := range fn.args.PosOnly {
		if a == arg {
			return i
		}
	}
	for i, a := range fn.args.Args {
		if a == arg {
			return len(fn.args.PosOnly) + i
		}
	}
	return -1
}

// fixture is what pytest passes to a test or a fixture for a parameter of a fixture's name.
func (m *Module) fixture(fn *callable, name string) things {
	if fn.def == nil || !strings.HasPrefix(fn.def.Name.Name, "test") && !fn.decorated("fixture") {
		return nil
	}
	switch name {
	case "monkeypatch":
		return one(made("pytest.MonkeyPatch"))
	case "request":
		return unknown
	}
	if fn.class != nil && fn.class.scope != nil {
		if found := fixtureIn(fn.class.scope, name, fn); found != nil {
			return found
		}
	}
	if found := fixtureIn(m.scope, name, fn); found != nil {
		return found
	}
	for folder := path.Dir(m.File.Path); ; folder = path.Dir(folder) {
		if conf := m.project.byPath[path.Join(folder, "conftest.py")]; conf != nil {
			conf.read()
			if conf.scope != nil {
				if found := fixtureIn(conf.scope, name, fn); found != nil {
					return found
				}
			}
		}
		if folder == "." || folder == "/" {
			return nil
		}
	}
}

func fixtureIn(s *scope, name string, but *callable) things {
	for _, b := range s.names[name] {
		if b.kind == defined && b.fn != but && b.fn.decorated("fixture", "yield_fixture") {
			return s.module.callResult(b.fn)
		}
		if b.kind == imported {
			for _, t := range s.module.binding(b) {
				if t.shape == function && t.fn.decorated("fixture") {
					return t.fn.module.callResult(t.fn)
				}
			}
		}
	}
	for key, list := range s.names {
		for _, b := range list {
			if b.kind == defined && b.fn.decorated("fixture") && key != name && b.fn.fixtureName() == name {
				return s.module.callResult(b.fn)
			}
		}
	}
	return nil
}

// fixtureName is the name that @pytest.fixture(name="...") gives.
func (fn *callable) fixtureName() string {
	for _, d := range fn.def.Decorators {
		if call, ok := d.(*syntax.Call); ok {
			if c, ok := Arg(call, -1, "name").(*syntax.Constant); ok {
				return c.Value
			}
		}
	}
	return ""
}

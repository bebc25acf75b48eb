package names

import (
	"hoofprint/internal/migrate/syntax"
)

// functionThing is what a def binds: the function, whatever decorators are around it, unless one
// of the project's gives something else.
func (m *Module) functionThing(fn *callable) things {
	self := one(thing{shape: function, fn: fn})
	if fn.def == nil || len(fn.def.Decorators) == 0 {
		return self
	}
	for _, d := range fn.def.Decorators {
		if _, called := d.(*syntax.Call); called {
			continue
		}
		for _, t := range fn.module.eval(d) {
			switch t.shape {
			case klass:
				if !t.class.open && t.class.tracerBase() == "" && len(fn.module.method(thing{shape: object, class: t.class}, "__call__")) == 0 {
					return unknown
				}
			case function:
				given := fn.module.callResult(t.fn)
				if len(given) == 0 || given.open() {
					continue
				}
				if given[0].shape == object || given[0].shape == external {
					return given
				}
			}
		}
	}
	return self
}

// callResult is what a call of a function of the project gives.
func (m *Module) callResult(fn *callable) things {
	type question struct{ call *callable }
	return m.project.once(question{fn}, func() things { return fn.module.returned(fn) })
}

func (m *Module) returned(fn *callable) things {
	if fn.def == nil {
		return m.eval(fn.returns[0])
	}
	var out things
	promised := unknown
	if fn.def.Returns != nil {
		promised = m.annotation(fn.def.Returns)
		if name, ok := fn.def.Returns.(*syntax.Name); ok && name.ID == "Self" && fn.class != nil {
			promised = one(thing{shape: object, class: fn.class})
		}
	}
	switch {
	case fn.generator:
		out = one(boxOf("generator", m.yielded(fn)))
		if !promised.vague() {
			out = promised
		}
	case !promised.vague():
		out = promised
	case fn.abstract():
		out = unknown
	default:
		for i, r := range fn.returns {
			if i == 32 {
				out = out.with(unknown)
				break
			}
			out = out.with(plain(m.eval(r)))
		}
		if len(fn.returns) == 1 {
			out = m.eval(fn.returns[0])
		}
		if fn.bare {
			out = out.with(one(thing{shape: none}))
		}
	}
	for _, d := range fn.def.Decorators {
		for _, t := range m.eval(d) {
			if t.shape == external && (t.path == "contextlib.contextmanager" || t.path == "contextlib.asynccontextmanager") {
				return one(boxOf("contextmanager", m.entering(out)))
			}
			if t.shape == external && (t.path == "pytest.fixture" || t.path == "pytest.fixture()" || t.path == "pytest_asyncio.fixture" || t.path == "pytest_asyncio.fixture()") && fn.generator {
				return m.entering(out)
			}
		}
	}
	if fn.def.Async && !fn.generator {
		return one(boxOf("coroutine", out))
	}
	return out
}

// entering is what a generator gives first.
func (m *Module) entering(ts things) things {
	var out things
	for _, t := range ts {
		if t.shape == box {
			out = out.with(orUnknown(t.elem))
		} else {
			out = out.with(unknown)
		}
	}
	return out
}

func (m *Module) yielded(fn *callable) things {
	var out things
	for i, y := range fn.yields {
		if i == 32 {
			return out.with(unknown)
		}
		if from, ok := y.(*syntax.YieldFrom); ok {
			out = out.with(m.iterate(m.eval(from.Value)))
		} else {
			out = out.with(m.eval(y))
		}
	}
	return out
}

// abstract says that a function has no body of its own, so that others give its result.
func (fn *callable) abstract() bool {
	if len(fn.returns) > 0 || len(fn.def.Body) > 2 {
		return false
	}
	for _, s := range fn.def.Body {
		switch s := s.(type) {
		case *syntax.Pass, *syntax.Raise:
		case *syntax.ExprStmt:
			if _, ok := s.Value.(*syntax.Constant); !ok {
				return false
			}
		default:
			return false
		}
	}
	return true
}

package names

import (
	"strings"

	"hoofprint/internal/migrate/syntax"
)

// call is what a call gives.
func (m *Module) call(c *syntax.Call) things {
	var out things
	if method, ok := c.Func.(*syntax.Attribute); ok {
		receiver := m.eval(method.Value)
		var rest things
		for _, t := range receiver {
			if found := m.boxMethod(t, method.Attr.Name, c); found != nil {
				out = out.with(found)
			} else {
				rest = append(rest, t)
			}
		}
		if len(rest) < len(receiver) && len(rest.some()) == 0 {
			return out
		}
		if len(rest) < len(receiver) {
			return out.with(m.results(m.attributes(rest, method.Attr.Name), c))
		}
	}
	return m.results(m.eval(c.Func), c)
}

func (m *Module) results(callees things, c *syntax.Call) things {
	var out things
	for _, f := range callees {
		out = out.with(m.result(f, c))
	}
	return out
}

func (m *Module) result(f thing, c *syntax.Call) things {
	switch f.shape {
	case none:
		return nil
	case external:
		if found := m.special(f, c); found != nil {
			return found
		}
		return externalCall(f)
	case klass:
		return one(thing{shape: object, class: f.class})
	case object:
		return m.callMethod(f, "__call__")
	case function:
		return m.callResult(f.fn)
	case box:
		if f.path == "callable" || f.path == "ref" {
			return orUnknown(f.elem)
		}
	}
	return unknown
}

// boxMethod is what a method of a container gives; nil if it is not followed.
func (m *Module) boxMethod(t thing, name string, c *syntax.Call) things {
	if t.shape == external && strings.HasPrefix(t.path, "contextvars.ContextVar") && name == "get" && len(t.elem) > 0 {
		return t.elem
	}
	if t.shape != box {
		return nil
	}
	elem := orUnknown(t.elem)
	switch name {
	case "copy", "union", "intersection", "difference":
		return one(t)
	case "pop", "popleft", "get_nowait", "setdefault", "__getitem__", "send", "__next__":
		return elem
	case "popitem":
		pair := boxOf("tuple", t.key.with(elem))
		pair.items = []things{orUnknown(t.key), elem}
		return one(pair)
	case "get":
		if t.path != "dict" {
			return elem
		}
		if len(c.Args) > 1 {
			return elem.with(m.eval(c.Args[1]))
		}
		return elem.with(one(thing{shape: none}))
	case "values":
		return one(boxOf("list", elem))
	case "keys":
		return one(boxOf("list", t.key))
	case "items":
		pair := boxOf("tuple", t.key.with(elem))
		pair.items = []things{orUnknown(t.key), elem}
		return one(boxOf("list", one(pair)))
	case "__enter__", "__aenter__":
		return m.enter(one(t), false)
	case "result":
		if t.path == "coroutine" {
			return elem
		}
	}
	return nil
}

// special is what the functions of the standard library give that pass values on; nil for others.
func (m *Module) special(f thing, c *syntax.Call) things {
	arg := func(i int) things {
		if i < len(c.Args) {
			if _, starred := c.Args[i].(*syntax.Starred); !starred {
				return m.eval(c.Args[i])
			}
		}
		return unknown
	}
	switch f.path {
	case "typing.cast", "typing_extensions.cast":
		if len(c.Args) == 2 {
			if promised := m.annotation(c.Args[0]); !promised.vague() {
				return promised
			}
			return m.eval(c.Args[1])
		}
	case "copy.copy", "copy.deepcopy", "dataclasses.replace", "functools.partial", "typing.assert_type", "typing.final", "asyncio.shield",
		"typing.no_type_check", "functools.cache", "staticmethod", "builtins.staticmethod", "builtins.classmethod", "functools.update_wrapper":
		return arg(0)
	case "weakref.ref", "weakref.proxy":
		if f.path == "weakref.proxy" {
			return arg(0)
		}
		return one(boxOf("ref", arg(0)))
	case "builtins.getattr":
		return m.getattr(c)
	case "importlib.import_module", "pytest.importorskip":
		if name := arg(0); len(name) == 1 && name[0].shape == text && name[0].path != "" {
			return m.moduleNamed(name[0].path)
		}
	case "builtins.next", "builtins.anext":
		found := m.iterate(arg(0))
		if f.path == "builtins.anext" {
			return one(boxOf("coroutine", found))
		}
		if len(c.Args) > 1 {
			found = found.with(arg(1))
		}
		return found
	case "builtins.iter", "builtins.reversed", "builtins.list", "builtins.sorted", "builtins.tuple", "builtins.set", "builtins.frozenset",
		"collections.deque", "itertools.islice", "itertools.takewhile", "itertools.cycle":
		kind := strings.TrimPrefix(f.path, "builtins.")
		if kind != "tuple" && kind != "set" {
			kind = "list"
		}
		if len(c.Args) == 0 {
			return one(boxOf(kind, nil))
		}
		return one(boxOf(kind, m.iterate(arg(0))))
	case "builtins.filter":
		return one(boxOf("generator", m.iterate(arg(1))))
	case "builtins.max", "builtins.min":
		if len(c.Args) == 1 {
			return m.iterate(arg(0))
		}
		return m.elements(c.Args)
	case "builtins.map":
		if len(c.Args) > 0 {
			return one(boxOf("generator", m.results(arg(0), &syntax.Call{Span: c.Span, Func: c.Args[0]})))
		}
	case "builtins.enumerate", "builtins.zip":
		pair := boxOf("tuple", nil)
		if f.path == "builtins.enumerate" {
			pair.items = append(pair.items, builtin("int"))
		}
		for i := range c.Args {
			if f.path == "builtins.zip" || i == 0 {
				pair.items = append(pair.items, m.iterate(arg(i)))
			}
		}
		return one(boxOf("list", one(pair)))
	case "itertools.chain":
		var elem things
		for i := range c.Args {
			elem = elem.with(m.iterate(arg(i)))
		}
		return one(boxOf("list", elem))
	case "builtins.dict", "collections.OrderedDict", "collections.defaultdict":
		if len(c.Args) == 1 && f.path == "builtins.dict" {
			for _, t := range arg(0) {
				if t.shape == box && t.path == "dict" {
					return one(t)
				}
			}
		}
		t := boxOf("dict", nil)
		for _, k := range c.Keywords {
			t.elem = t.elem.with(m.eval(k.Value))
		}
		if f.path == "collections.defaultdict" && len(c.Args) > 0 {
			t.elem = t.elem.with(m.results(arg(0), &syntax.Call{Span: c.Span, Func: c.Args[0]}))
		}
		return one(t)
	case "builtins.super":
		return m.super(c)
	case "builtins.type":
		if len(c.Args) == 1 {
			return m.classesOf(arg(0))
		}
	case "contextlib.closing", "contextlib.nullcontext", "contextlib.aclosing":
		return one(boxOf("contextmanager", arg(0)))
	case "contextlib.ExitStack().enter_context":
		return m.enter(arg(0), false)
	case "contextlib.AsyncExitStack().enter_context":
		return m.enter(arg(0), false)
	case "contextlib.AsyncExitStack().enter_async_context":
		return one(boxOf("coroutine", m.enter(arg(0), true)))
	case "asyncio.run":
		return awaited(arg(0))
	case "asyncio.create_task", "asyncio.ensure_future", "asyncio.wait_for":
		return one(boxOf("coroutine", awaited(arg(0))))
	case "asyncio.gather":
		list := boxOf("tuple", nil)
		for i := range c.Args {
			list.items = append(list.items, awaited(arg(i)))
			list.elem = list.elem.with(awaited(arg(i)))
		}
		return one(boxOf("coroutine", one(list)))
	case "asyncio.to_thread":
		return one(boxOf("coroutine", m.results(arg(0), c)))
	case "contextvars.ContextVar":
		t := thing{shape: external, path: "contextvars.ContextVar()"}
		if d := Arg(c, -1, "default"); d != nil {
			t.elem = m.eval(d)
		}
		return one(t)
	case "typing.TypeVar", "typing_extensions.TypeVar":
		if bound := Arg(c, -1, "bound"); bound != nil {
			return m.classesOf(m.annotation(bound))
		}
		var classes things
		for i := 1; i < len(c.Args); i++ {
			classes = classes.with(m.classesOf(m.annotation(c.Args[i])))
		}
		return orUnknown(classes)
	case "typing.NewType":
		if len(c.Args) == 2 {
			return m.classesOf(m.annotation(c.Args[1]))
		}
	case "dataclasses.field":
		if d := Arg(c, -1, "default"); d != nil {
			return m.eval(d)
		}
		if d := Arg(c, -1, "default_factory"); d != nil {
			return m.results(m.eval(d), &syntax.Call{Span: c.Span, Func: d})
		}
		return unknown
	}
	return m.mocked(f, c)
}

// mocked is what a mock with a specification stands for, perhaps.
func (m *Module) mocked(f thing, c *syntax.Call) things {
	var spec syntax.Expr
	switch last := f.path[strings.LastIndexByte(f.path, '.')+1:]; last {
	case "Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock":
		if spec = Arg(c, 0, "spec"); spec == nil {
			spec = Arg(c, -1, "spec_set")
		}
	case "create_autospec":
		spec = Arg(c, 0, "spec")
	}
	if spec == nil || isTracerPath(f.path) {
		return nil
	}
	out := unknown
	for _, t := range m.eval(spec) {
		if t.shape == klass || t.shape == external && !t.instance && t.tracer() {
			out = out.with(m.instances(one(t)))
		} else if t.tracer() {
			out = out.with(one(t))
		}
	}
	return out
}

func (m *Module) getattr(c *syntax.Call) things {
	if len(c.Args) < 2 {
		return unknown
	}
	name := m.eval(c.Args[1])
	if len(name) != 1 || name[0].shape != text {
		return unknown
	}
	found := m.attributes(m.eval(c.Args[0]), name[0].path)
	if len(c.Args) > 2 {
		found = found.with(m.eval(c.Args[2]))
	}
	return found
}

// super is the next class of a method's own.
func (m *Module) super(c *syntax.Call) things {
	for s := m.innermost(int(c.Start)).scope; s != nil; s = s.outer {
		if s.fn == nil || s.fn.class == nil {
			continue
		}
		own := s.fn.class
		ancestors := own.ancestors()
		switch {
		case own.open || len(ancestors) < 2:
			return unknown
		case len(own.node.Bases) > 1:
			if base := own.tracerBase(); base != "" {
				return one(made(base)).with(unknown)
			}
			return unknown
		case ancestors[1].class != nil:
			return one(thing{shape: object, class: ancestors[1].class})
		}
		return one(made(ancestors[1].path))
	}
	return unknown
}

// Arg is what a call passes for a parameter: by position (from 0), or by name. nil if it does
// not, or in a * or **.
func Arg(c *syntax.Call, position int, name string) syntax.Expr {
	for i, a := range c.Args {
		if _, starred := a.(*syntax.Starred); starred {
			break
		}
		if i == position {
			return a
		}
	}
	for _, k := range c.Keywords {
		if k.Name.Name != "" && k.Name.Name == name {
			return k.Value
		}
	}
	return nil
}

package names

import (
	"bytes"
	"strings"

	"hoofprint/internal/migrate/syntax"
)

// annotation is what a type annotation promises.
func (m *Module) annotation(e syntax.Expr) things {
	if e == nil {
		return unknown
	}
	type question struct{ annotation syntax.Expr }
	return m.project.once(question{e}, func() things { return orUnknown(m.promised(e)) })
}

func (m *Module) promised(e syntax.Expr) things {
	switch e := e.(type) {
	case *syntax.Constant:
		switch e.Kind {
		case syntax.None:
			return one(thing{shape: none})
		case syntax.Str:
			if parsed := m.quoted(e); parsed != nil {
				return m.annotation(parsed)
			}
		}
		return unknown
	case *syntax.BinOp:
		if e.Op == "|" {
			return m.annotation(e.Left).with(m.annotation(e.Right))
		}
		return unknown
	case *syntax.Subscript:
		return m.generic(e)
	case *syntax.Name, *syntax.Attribute:
		found := m.eval(e)
		var out things
		for _, t := range found {
			switch {
			case t.shape == external && strings.HasSuffix(t.path, "[]") && len(t.elem) > 0: // Alias = Optional[Span]
				out = out.with(t.elem)
			case t.shape == text: // Alias = "Span"
				out = out.with(unknown)
			case t.shape == external && (t.path == "typing.Any" || t.path == "builtins.object"):
				out = out.with(unknown)
			case t.shape == external && typing(t.path) != "":
				out = out.with(container(typing(t.path), nil))
			default:
				out = out.with(m.instances(one(t)))
			}
		}
		return out
	}
	return unknown
}

// typing is the last name of a generic of the standard library.
func typing(path string) string {
	for _, prefix := range []string{"typing.", "typing_extensions.", "collections.abc.", "builtins.", "collections.", "contextlib.", "queue.", "asyncio."} {
		if last, ok := strings.CutPrefix(path, prefix); ok && containers[last] != "" {
			return last
		}
	}
	return ""
}

// containers are generics by what they are to us.
var containers = map[string]string{
	"List": "list", "list": "list", "Sequence": "list", "MutableSequence": "list", "Collection": "list", "deque": "list", "Deque": "list",
	"Set": "set", "set": "set", "FrozenSet": "set", "frozenset": "set", "AbstractSet": "set", "MutableSet": "set",
	"Iterable": "list", "Iterator": "generator", "Generator": "generator", "AsyncIterator": "generator", "AsyncIterable": "list", "AsyncGenerator": "generator",
	"Dict": "dict", "dict": "dict", "Mapping": "dict", "MutableMapping": "dict", "DefaultDict": "dict", "defaultdict": "dict", "OrderedDict": "dict",
	"Tuple": "tuple", "tuple": "tuple", "ContextManager": "contextmanager", "AbstractContextManager": "contextmanager",
	"AsyncContextManager": "contextmanager", "AbstractAsyncContextManager": "contextmanager",
	"Awaitable": "coroutine", "Coroutine": "coroutine", "Future": "coroutine", "Task": "coroutine", "Queue": "list",
	"Callable": "callable", "Optional": "optional", "Union": "union", "Annotated": "first", "Final": "first", "ClassVar": "first", "Required": "first",
	"NotRequired": "first", "ReadOnly": "first", "Type": "type", "type": "type", "Literal": "literal",
}

func container(last string, args []things) things {
	arg := func(i int) things {
		if i >= 0 && i < len(args) {
			return args[i]
		}
		return unknown
	}
	switch kind := containers[last]; kind {
	case "optional":
		return arg(0).with(one(thing{shape: none}))
	case "union":
		var out things
		for _, a := range args {
			out = out.with(a)
		}
		return out
	case "first":
		return arg(0)
	case "type", "literal":
		return unknown
	case "dict":
		t := boxOf("dict", arg(1))
		t.key = arg(0)
		return one(t)
	case "tuple":
		t := boxOf("tuple", nil)
		t.items = args
		for _, a := range args {
			t.elem = t.elem.with(a)
		}
		return one(t)
	case "callable":
		return one(boxOf("callable", arg(1)))
	case "coroutine":
		return one(boxOf("coroutine", arg(len(args)-1)))
	default:
		return one(boxOf(kind, arg(0)))
	}
}

// generic is what X[...] promises.
func (m *Module) generic(e *syntax.Subscript) things {
	index := []syntax.Expr{e.Index}
	if t, ok := e.Index.(*syntax.Tuple); ok {
		index = t.Elts
	}
	var out things
	for _, t := range m.eval(e.Value) {
		last := ""
		if t.shape == external {
			last = typing(t.path)
		}
		switch {
		case last == "":
			made := m.instances(one(t))
			if t.shape == external && t.path == "contextvars.ContextVar" && len(made) == 1 {
				made[0].elem = m.annotation(index[0])
			}
			out = out.with(made)
		case containers[last] == "type":
			var classes things
			for _, i := range index {
				classes = classes.with(m.classesOf(m.annotation(i)))
			}
			out = out.with(classes)
		default:
			var args []things
			for n, i := range index {
				if c, ok := i.(*syntax.Constant); ok && c.Kind == syntax.Ellipsis {
					// Tuple[Span, ...]
					return out.with(one(boxOf(containers[last], m.annotation(index[0]))))
				}
				if containers[last] == "first" && n > 0 || n > 16 {
					break
				}
				args = append(args, m.annotation(i))
			}
			out = out.with(container(last, args))
		}
	}
	return out
}

// classesOf are the classes of some instances.
func (m *Module) classesOf(instances things) things {
	var out things
	for _, t := range instances {
		switch {
		case t.shape == object:
			out = out.with(one(thing{shape: klass, class: t.class}))
		case t.shape == external && t.instance:
			out = out.with(one(thing{shape: external, path: t.path}))
		case t.shape == external:
			out = out.with(one(thing{shape: external, path: strings.TrimSuffix(t.path, "()")}))
		default:
			out = out.with(unknown)
		}
	}
	return out
}

// longestQuoted bounds an annotation written as a string.
const longestQuoted = 500

// quoted parses an annotation written as a string, at the place where it is written, so that
// its names are looked up from there.
func (m *Module) quoted(c *syntax.Constant) syntax.Expr {
	if len(c.Value) > longestQuoted || len(c.Pieces) != 1 || strings.ContainsAny(c.Value, "\n\r\\") {
		return nil
	}
	if parsed, ok := m.project.annotations[c]; ok {
		return parsed
	}
	padded := append(append(bytes.Repeat([]byte(" "), int(c.Start)+1), c.Value...), ')')
	padded[0] = '('
	var parsed syntax.Expr
	if tree, err := syntax.Parse(padded); err == nil && len(tree.Body) == 1 {
		if s, ok := tree.Body[0].(*syntax.ExprStmt); ok {
			parsed = s.Value
		}
	}
	if parsed != nil {
		switch parsed.(type) {
		case *syntax.Name, *syntax.Attribute, *syntax.Subscript, *syntax.BinOp, *syntax.Constant:
		default:
			parsed = nil
		}
	}
	m.project.annotations[c] = parsed
	return parsed
}

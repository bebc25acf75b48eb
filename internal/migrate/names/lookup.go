package names

import (
	"strings"

	"hoofprint/internal/migrate/syntax"
)

// name is what a name is where it is read.
func (m *Module) name(n *syntax.Name) things {
	if found := m.condition(n, n.ID); found != nil {
		return found
	}
	at := m.innermost(int(n.Start))
	return m.lookup(at, n.Start, n.ID)
}

// lookup finds a name from a place: in its scope what reaches the place, in those around it
// what they hold in the end.
func (m *Module) lookup(at *block, pos int32, name string) things {
	own := true
	for s := at.scope; s != nil; {
		if s.globals[name] {
			s, own = m.scope, s.kind == moduleScope
			at = s.root
		}
		if s.kind != classScope || own {
			if found, ok := m.inScope(s, own, at, pos, name); ok {
				return found
			}
		}
		if s.kind == comprehensionScope && s.root.parent != nil {
			at, pos = s.root.parent, s.root.start
		} else {
			own = false
		}
		s = s.outer
	}
	if builtinNames[name] {
		return one(thing{shape: external, path: "builtins." + name})
	}
	return unknown
}

func (m *Module) inScope(s *scope, own bool, at *block, pos int32, name string) (things, bool) {
	list := s.names[name]
	if len(list) > 0 {
		var found []*binding
		switch {
		case own:
			found, _ = s.reaching(name, at, pos)
		case s.kind == moduleScope:
			found, _ = s.reaching(name, s.root, always)
		default:
			found = list
		}
		if len(found) > 0 {
			return m.contents(s, name, m.union(found)), true
		}
	}
	if s.kind == moduleScope {
		if found := m.starred(s, name); len(found) > 0 {
			return found, true
		}
	}
	if len(list) > 0 && s.kind != classScope && !builtinNames[name] {
		// Deleted, or bound in a way that is not followed.
		return unknown, true
	}
	return nil, false
}

// contents adds what is put into a container to what it is made with.
func (m *Module) contents(s *scope, key string, ts things) things {
	stores := s.names[key+"[]"]
	if len(stores) == 0 {
		return ts
	}
	return m.filled(ts, stores)
}

func (m *Module) filled(ts things, stores []*binding) things {
	if len(stores) > 32 {
		stores = stores[:32]
	}
	var out things
	for _, t := range ts {
		if t.shape == box || t.shape == external && t.path == "contextvars.ContextVar()" {
			for _, b := range stores {
				t.elem = t.elem.with(plain(m.binding(b)))
			}
			if t.path == "tuple" {
				t.items = nil
			}
		}
		out = append(out, t)
	}
	return out
}

// mostBindings bounds how many bindings of a name are looked at together.
const mostBindings = 64

// union is what bindings give together. What stands in for a failed import counts only if
// nothing else does.
func (m *Module) union(found []*binding) things {
	var out, fallback, said things
	if len(found) > mostBindings {
		found, out = found[:mostBindings], unknown
	}
	for _, b := range found {
		v := m.binding(b)
		if b.block != nil && b.block.fallback && b.kind != narrowed && !(b.kind == imported && v.foreign()) {
			fallback = fallback.with(v)
		} else {
			out = out.with(v)
		}
		if b.annotation == nil || said != nil {
			continue
		}
		if a := m.annotation(b.annotation); !a.vague() {
			said = a
		}
	}
	if out.vague() || fallback.tracer() {
		out = out.with(fallback)
	}
	if out.open() && said == nil && len(found) > 0 {
		said = m.declaration(found[0])
	}
	if out.open() && said != nil {
		var rest things
		for _, t := range out {
			if t.shape != anything {
				rest = append(rest, t)
			}
		}
		out = said.with(rest)
	}
	return out
}

// declaration is the annotation that a name has elsewhere in its scope.
func (m *Module) declaration(b *binding) things {
	if b.scope == nil || strings.HasSuffix(b.name, "[]") {
		return nil
	}
	if _, attribute := b.node.(*syntax.Attribute); !b.scope.annotated[b.name] || attribute && !strings.Contains(b.name, ".") {
		return nil
	}
	for _, o := range b.scope.names[b.name] {
		if o.annotation == nil || o.kind == parameter {
			continue
		}
		if a := o.scope.module.annotation(o.annotation); !a.vague() {
			return a
		}
	}
	return nil
}

// binding is what one binding gives.
func (m *Module) binding(b *binding) things {
	return m.project.once(b, func() things { return b.scope.module.bound(b) })
}

func (m *Module) bound(b *binding) things {
	switch b.kind {
	case assigned:
		v := m.unpack(m.eval(b.expr), b.path)
		if b.annotation != nil && len(b.path) == 0 {
			if a := m.annotation(b.annotation); !a.vague() {
				return a
			}
		}
		return v
	case declared:
		return m.annotation(b.annotation)
	case augmented:
		start, _ := b.stmt.Range()
		return plain(m.lookup(m.innermost(start), int32(start), b.name))
	case iterated:
		return m.unpack(m.iterate(m.eval(b.expr)), b.path)
	case asyncIterated:
		return m.unpack(m.asyncIterate(m.eval(b.expr)), b.path)
	case entered:
		return m.unpack(m.enter(m.eval(b.expr), false), b.path)
	case asyncEntered:
		return m.unpack(m.enter(m.eval(b.expr), true), b.path)
	case imported:
		return m.imported(b)
	case defined:
		return m.functionThing(b.fn)
	case classified:
		return one(thing{shape: klass, class: b.class})
	case parameter:
		return m.parameter(b)
	case caught, narrowed:
		if b.expr != nil {
			return m.instances(m.eval(b.expr))
		}
	case excluded:
		return m.without(b)
	case matched:
		if p, ok := b.node.(*syntax.MatchClass); ok {
			return m.instances(m.eval(p.Cls))
		}
		if b.node == nil && b.expr != nil {
			return m.eval(b.expr)
		}
	case typeVariable:
		return m.eval(b.expr)
	}
	return unknown
}

// instances are instances of classes, of a tuple of classes too.
func (m *Module) instances(classes things) things {
	var out things
	for _, t := range classes {
		switch {
		case t.shape == klass:
			out = out.with(one(thing{shape: object, class: t.class}))
		case t.shape == external && !t.instance:
			if isTracerPath(t.path) && kindOf(t.path) != Class {
				out = out.with(unknown)
			} else {
				out = out.with(one(made(t.path)))
			}
		case t.shape == box && t.path == "tuple":
			out = out.with(m.instances(t.elem))
		case t.shape == none:
			out = out.with(one(t))
		default:
			out = out.with(unknown)
		}
	}
	return out
}

// without is what a name was before, where it is no instance of a class.
func (m *Module) without(b *binding) things {
	found, bare := b.scope.reaching(b.name, b.block, b.pos-1)
	var before things
	if len(found) > 0 {
		before = m.union(found)
	}
	if bare {
		if key := b.name; strings.Contains(key, ".") {
			return unknown
		} else if len(found) == 0 && b.scope.outer != nil {
			before = before.with(m.lookup(b.scope.outer.root, always, key))
		}
	}
	return subtract(before, m.instances(m.eval(b.expr)))
}

func subtract(before, out things) things {
	var left things
	for _, t := range before {
		gone := false
		for _, o := range out {
			gone = gone || o.same(t)
		}
		if !gone {
			left = append(left, t)
		}
	}
	if len(left) == 0 {
		return unknown
	}
	return left
}

// condition is what the expression around a name says of it: isinstance(x, Span) and x.finish().
func (m *Module) condition(n syntax.Expr, key string) things {
	if !m.mentionsIsinstance {
		return nil
	}
	var child syntax.Node = n
	for i := 0; i < 60; i++ {
		parent := m.parent(child)
		var about []fact
		switch p := parent.(type) {
		case nil, syntax.Stmt:
			return nil
		case *syntax.BoolOp:
			for _, v := range p.Values {
				if v == child {
					break
				}
				about = append(about, facts(v, p.Op == "and")...)
			}
		case *syntax.IfExp:
			if child == syntax.Node(p.Body) {
				about = facts(p.Test, true)
			} else if child == syntax.Node(p.Orelse) {
				about = facts(p.Test, false)
			}
		case *syntax.ListComp:
			about = filters(p.Generators, child)
		case *syntax.SetComp:
			about = filters(p.Generators, child)
		case *syntax.GeneratorExp:
			about = filters(p.Generators, child)
		case *syntax.DictComp:
			about = filters(p.Generators, child)
		}
		for _, f := range about {
			if f.key == key && f.is {
				return m.instances(m.eval(f.class))
			}
		}
		child = parent
	}
	return nil
}

// filters are the facts of a comprehension's conditions, about its element.
func filters(generators []*syntax.Comprehension, child syntax.Node) (about []fact) {
	if _, ok := child.(*syntax.Comprehension); ok {
		return nil
	}
	for _, g := range generators {
		for _, c := range g.Ifs {
			about = append(about, facts(c, true)...)
		}
	}
	return about
}

// builtinNames are Python's.
var builtinNames = setOf(`abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile
complex delattr dict dir divmod enumerate eval exec filter float format frozenset getattr globals hasattr hash hex id input
int isinstance issubclass iter len list locals map max memoryview min next object oct open ord pow print property range repr
reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip __import__ __file__ __name__ __doc__
BaseException Exception ArithmeticError AssertionError AttributeError BufferError EOFError ImportError ModuleNotFoundError
IndexError KeyError KeyboardInterrupt LookupError MemoryError NameError NotImplementedError OSError IOError RuntimeError
RecursionError StopIteration StopAsyncIteration SyntaxError SystemError SystemExit TypeError ValueError UnicodeError
UnicodeDecodeError UnicodeEncodeError ConnectionError TimeoutError PermissionError FileNotFoundError FileExistsError
GeneratorExit OverflowError ZeroDivisionError BlockingIOError ChildProcessError BrokenPipeError ConnectionResetError
ConnectionRefusedError ConnectionAbortedError InterruptedError IsADirectoryError NotADirectoryError ProcessLookupError
Warning UserWarning DeprecationWarning RuntimeWarning FutureWarning ImportWarning ResourceWarning BytesWarning
ExceptionGroup BaseExceptionGroup NotImplemented Ellipsis`)

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

package names

import (
	"cmp"
	"slices"

	"hoofprint/internal/migrate/syntax"
)

// binder finds a module's scopes and bindings in one walk.
type binder struct {
	m     *Module
	at    *block
	depth int
	later []*binding // stores into containers, whose owner is looked up when all names are known
}

// bind fills in the scopes of a module.
func (m *Module) bind() {
	b := &binder{m: m}
	m.scope = &scope{kind: moduleScope, module: m, node: m.Tree, names: map[string][]*binding{}}
	m.attributeStores = map[string][]*binding{}
	root := &block{scope: m.scope, end: int32(len(m.File.Text)) + 1}
	m.scope.root = root
	m.blocks = append(m.blocks, root)
	b.at = root
	b.statements(m.Tree.Body)
	for _, s := range b.later {
		b.container(s)
	}
	slices.SortStableFunc(m.blocks, func(a, b *block) int { return cmp.Compare(a.start, b.start) })
}

// suite binds a suite of a compound statement, after what prepare puts at its start.
func (b *binder) suite(c *compound, r role, body []syntax.Stmt, prepare func()) {
	if len(body) == 0 {
		return
	}
	start, _ := body[0].Range()
	start = firstOf(body[0], start)
	_, end := body[len(body)-1].Range()
	outer := b.at
	inner := &block{scope: outer.scope, parent: outer, of: c, role: r, start: int32(start), end: int32(end), fallback: outer.fallback}
	if r == handlerSuite {
		if t, ok := c.stmt.(*syntax.Try); ok && imports(t.Body) {
			inner.fallback = true
		}
	}
	c.blocks = append(c.blocks, inner)
	b.m.blocks = append(b.m.blocks, inner)
	b.at = inner
	if prepare != nil {
		prepare()
	}
	b.statements(body)
	inner.terminated = terminated(body)
	b.at = outer
}

func withDecorators(start int, decorators []syntax.Expr) int {
	for _, d := range decorators {
		s, _ := d.Range()
		start = min(start, s)
	}
	return start
}

// imports says that a suite of a try imports something.
func imports(body []syntax.Stmt) bool {
	for _, s := range body {
		switch s := s.(type) {
		case *syntax.Import, *syntax.ImportFrom:
			return true
		case *syntax.If:
			if imports(s.Body) {
				return true
			}
		}
	}
	return false
}

// terminated says that what follows a suite is not reached from it.
func terminated(body []syntax.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	switch s := body[len(body)-1].(type) {
	case *syntax.Return, *syntax.Raise, *syntax.Continue, *syntax.Break:
		return true
	case *syntax.If:
		return terminated(s.Body) && terminated(s.Orelse)
	case *syntax.With:
		return terminated(s.Body)
	case *syntax.ExprStmt:
		call, ok := s.Value.(*syntax.Call)
		return ok && dotted(call.Func) == "sys.exit"
	}
	return false
}

// open starts a scope whose block is the bytes start to end.
func (b *binder) open(kind scopeKind, node syntax.Node, start, end int) (*scope, func()) {
	outer := b.at
	s := &scope{kind: kind, module: b.m, node: node, outer: outer.scope, names: map[string][]*binding{}}
	s.root = &block{scope: s, parent: outer, start: int32(start), end: int32(end), fallback: outer.fallback}
	b.m.blocks = append(b.m.blocks, s.root)
	b.at = s.root
	return s, func() { b.at = outer }
}

// add notes a binding in the scope that the name belongs to.
func (b *binder) add(n *binding) {
	n.block = b.at
	s := b.at.scope
	for s.kind == comprehensionScope && n.kind != iterated && n.kind != asyncIterated {
		s = s.outer // a walrus in a comprehension
		n.remote = true
	}
	switch root := rootName(n.name); {
	case s.globals[root]:
		s, n.remote = b.m.scope, true
	case s.nonlocals[root]:
		for o := s.outer; o != nil; o = o.outer {
			if o.kind == functionScope && len(o.names[root]) > 0 {
				s, n.remote = o, true
				break
			}
		}
	}
	n.scope = s
	if n.remote {
		n.block = s.root
	}
	s.put(n)
}

func (s *scope) put(n *binding) {
	s.names[n.name] = append(s.names[n.name], n)
	if n.remote {
		s.distant = marked(s.distant, n.name)
	}
	if n.annotation != nil && n.kind != parameter {
		s.annotated = marked(s.annotated, n.name)
	}
}

func marked(set map[string]bool, name string) map[string]bool {
	if set == nil {
		set = map[string]bool{}
	}
	set[name] = true
	return set
}

func rootName(key string) string {
	for i := range len(key) {
		if key[i] == '.' || key[i] == '[' {
			return key[:i]
		}
	}
	return key
}

// target binds what an assignment, a loop or a with puts a value into.
func (b *binder) target(t syntax.Expr, like binding) {
	switch t := t.(type) {
	case *syntax.Name:
		n := like
		n.name, n.node = t.ID, t
		b.add(&n)
	case *syntax.Tuple:
		b.targets(t.Elts, like)
	case *syntax.List:
		b.targets(t.Elts, like)
	case *syntax.Starred:
		b.target(t.Value, like)
	case *syntax.Attribute:
		b.expr(t.Value)
		b.attribute(t, like)
	case *syntax.Subscript:
		b.expr(t.Value)
		b.expr(t.Index)
		if key := dotted(t.Value); key != "" && like.kind == assigned {
			n := like
			n.name, n.node = key+"[]", t
			b.stored(&n)
		}
	}
}

func (b *binder) targets(elts []syntax.Expr, like binding) {
	starred := false
	for i, e := range elts {
		n := like
		_, star := e.(*syntax.Starred)
		if starred = starred || star; starred {
			i = rest
		}
		n.path = append(append([]int{}, like.path...), i)
		b.target(e, n)
	}
}

// attribute notes an assignment to x.y: of the class if x is self, and where it is written.
func (b *binder) attribute(t *syntax.Attribute, like binding) {
	n := like
	n.node = t
	if key := dotted(t); key != "" {
		local := n
		local.name = key
		b.add(&local)
		n.block, n.scope = local.block, local.scope
	} else {
		n.block, n.scope = b.at, b.at.scope
	}
	n.name = t.Attr.Name
	if base, ok := t.Value.(*syntax.Name); ok {
		if c := b.selfOf(base.ID); c != nil {
			c.stores[t.Attr.Name] = append(c.stores[t.Attr.Name], &n)
			return
		}
	}
	b.m.attributeStores[t.Attr.Name] = append(b.m.attributeStores[t.Attr.Name], &n)
}

// selfOf is the class whose instance, or itself, a name is as the first parameter of a method.
func (b *binder) selfOf(name string) *class {
	for s := b.at.scope; s != nil; s = s.outer {
		if s.kind != functionScope || s.fn == nil {
			continue
		}
		if first := s.fn.first(); first != "" && first == name && s.fn.class != nil && !s.fn.decorated("staticmethod") {
			return s.fn.class
		}
		if len(s.names[name]) > 0 {
			return nil
		}
	}
	return nil
}

// stored notes something put into a container.
func (b *binder) stored(n *binding) {
	n.block, n.scope, n.remote = b.at, b.at.scope, true
	b.later = append(b.later, n)
}

// container gives a store to the scope that has the container, or to the class whose attribute it is.
func (b *binder) container(n *binding) {
	root := rootName(n.name)
	from := b.at
	defer func() { b.at = from }()
	b.at = n.block
	if c := b.selfOf(root); c != nil && len(n.name) > len(root) && n.name[len(root)] == '.' {
		attr := n.name[len(root)+1:]
		c.stores[attr] = append(c.stores[attr], n)
		return
	}
	for s := n.scope; s != nil; s = s.outer {
		if (s.kind != classScope || s == n.scope) && !s.globals[root] && len(s.names[root]) > 0 {
			s.put(n)
			return
		}
	}
}

func (c *callable) first() string {
	switch {
	case c.args == nil:
	case len(c.args.PosOnly) > 0:
		return c.args.PosOnly[0].Name.Name
	case len(c.args.Args) > 0:
		return c.args.Args[0].Name.Name
	}
	return ""
}

// decorated says that a def has a decorator with a last name.
func (c *callable) decorated(names ...string) bool {
	if c.def == nil {
		return false
	}
	for _, d := range c.def.Decorators {
		if call, ok := d.(*syntax.Call); ok {
			d = call.Func
		}
		last := ""
		switch d := d.(type) {
		case *syntax.Name:
			last = d.ID
		case *syntax.Attribute:
			last = d.Attr.Name
		}
		if slices.Contains(names, last) {
			return true
		}
	}
	return false
}

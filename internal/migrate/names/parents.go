package names

import (
	"sort"

	"hoofprint/internal/migrate/syntax"
)

// Parent is the node around n; nil for the module.
func (m *Module) Parent(n syntax.Node) syntax.Node {
	if n == nil || m.Tree == nil {
		return nil
	}
	return m.parent(n)
}

// parent finds the parents of a whole statement of the module when first asked about a part of it.
func (m *Module) parent(n syntax.Node) syntax.Node {
	m.parentsMu.Lock()
	defer m.parentsMu.Unlock()
	if p, ok := m.parents[n]; ok {
		return p
	}
	_, end := n.Range()
	i := sort.Search(len(m.Tree.Body), func(i int) bool {
		_, e := m.Tree.Body[i].Range()
		return e >= end
	})
	if i == len(m.Tree.Body) || m.parented[i] {
		return nil
	}
	if m.parents == nil {
		m.parents, m.parented = map[syntax.Node]syntax.Node{}, map[int]bool{}
	}
	m.parented[i] = true
	top := m.Tree.Body[i]
	m.parents[top] = m.Tree
	var stack []syntax.Node
	add := func(around syntax.Node) {
		for _, c := range syntax.Children(around) {
			m.parents[c] = around
			stack = append(stack, c)
		}
	}
	add(top)
	for len(stack) > 0 {
		c := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		add(c)
	}
	return m.parents[n]
}

// EnclosingFunction is the innermost def around n, not n itself; nil at module level.
func (m *Module) EnclosingFunction(n syntax.Node) *syntax.FunctionDef {
	for child, p := n, m.Parent(n); p != nil; child, p = p, m.Parent(p) {
		if f, ok := p.(*syntax.FunctionDef); ok && !outside(f, child) {
			return f
		}
	}
	return nil
}

// outside says that a child of a def is evaluated outside of it.
func outside(f *syntax.FunctionDef, child syntax.Node) bool {
	e, ok := child.(syntax.Expr)
	if !ok {
		return false
	}
	for _, d := range f.Decorators {
		if d == e {
			return true
		}
	}
	return f.Returns == e
}

// EnclosingClass is the class of whose body n is a part, through a method too; nil if none.
func (m *Module) EnclosingClass(n syntax.Node) *syntax.ClassDef {
	for p := m.Parent(n); p != nil; p = m.Parent(p) {
		if c, ok := p.(*syntax.ClassDef); ok {
			return c
		}
	}
	return nil
}

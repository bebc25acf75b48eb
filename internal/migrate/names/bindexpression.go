package names

import "hoofprint/internal/migrate/syntax"

// expr finds the scopes within an expression, and what := binds.
func (b *binder) expr(e syntax.Expr) {
	if e == nil {
		return
	}
	switch e.(type) {
	case *syntax.Name, *syntax.Constant:
		return
	}
	syntax.Walk(e, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.NamedExpr:
			if n.Target != nil {
				_, end := n.Range()
				b.add(&binding{kind: assigned, name: n.Target.ID, node: n.Target, expr: n.Value, pos: int32(end)})
			}
		case *syntax.Yield:
			if f := b.enclosing(); f != nil {
				f.generator = true
				if n.Value != nil {
					f.yields = append(f.yields, n.Value)
				}
			}
		case *syntax.YieldFrom:
			if f := b.enclosing(); f != nil {
				f.generator = true
				f.yields = append(f.yields, n)
			}
		case *syntax.Lambda:
			b.lambda(n)
			return false
		case *syntax.ListComp:
			b.comprehension(n, n.Generators, n.Elt)
			return false
		case *syntax.SetComp:
			b.comprehension(n, n.Generators, n.Elt)
			return false
		case *syntax.GeneratorExp:
			b.comprehension(n, n.Generators, n.Elt)
			return false
		case *syntax.DictComp:
			b.comprehension(n, n.Generators, n.Key, n.Value)
			return false
		}
		return true
	})
}

func (b *binder) enclosing() *callable {
	s := b.at.scope
	for s.kind == comprehensionScope {
		s = s.outer
	}
	return s.fn
}

func (b *binder) comprehension(n syntax.Expr, generators []*syntax.Comprehension, elts ...syntax.Expr) {
	if b.depth++; b.depth >= deepest || len(generators) == 0 {
		b.depth--
		return
	}
	defer func() { b.depth-- }()
	start, end := n.Range()
	s, done := b.open(comprehensionScope, n, start, end)
	from, to := generators[0].Iter.Range()
	s.root.hole = syntax.Span{Start: int32(from), End: int32(to)}
	for _, e := range elts {
		b.expr(e)
	}
	for i, g := range generators {
		kind := iterated
		if g.Async {
			kind = asyncIterated
		}
		b.target(g.Target, binding{kind: kind, expr: g.Iter, pos: int32(start)})
		if i == 0 {
			inner := b.at
			b.at = inner.parent
			b.expr(g.Iter)
			b.at = inner
		} else {
			b.expr(g.Iter)
		}
		for _, c := range g.Ifs {
			b.expr(c)
		}
	}
	done()
}

func (b *binder) lambda(n *syntax.Lambda) {
	b.defaults(n.Args)
	if n.Body == nil {
		return
	}
	if b.depth++; b.depth < deepest {
		start, end := n.Body.Range()
		outer := b.at.scope
		s, done := b.open(functionScope, n, start, end)
		s.fn = &callable{module: b.m, node: n, args: n.Args, scope: s, outer: outer, returns: []syntax.Expr{n.Body}}
		if outer.kind == classScope {
			s.fn.class = outer.class
		}
		b.m.callables[n] = s.fn
		b.parameters(n.Args)
		b.expr(n.Body)
		done()
	}
	b.depth--
}

func everyArg(a *syntax.Arguments) []*syntax.Arg {
	if a == nil {
		return nil
	}
	all := make([]*syntax.Arg, 0, len(a.PosOnly)+len(a.Args)+len(a.KwOnly)+2)
	all = append(append(all, a.PosOnly...), a.Args...)
	if a.Vararg != nil {
		all = append(all, a.Vararg)
	}
	all = append(all, a.KwOnly...)
	if a.Kwarg != nil {
		all = append(all, a.Kwarg)
	}
	return all
}

// defaults binds what annotations and defaults bind, outside of the function.
func (b *binder) defaults(a *syntax.Arguments) {
	for _, arg := range everyArg(a) {
		b.expr(arg.Annotation)
		b.expr(arg.Default)
	}
}

func (b *binder) parameters(a *syntax.Arguments) {
	fn := b.at.scope.fn
	for _, arg := range everyArg(a) {
		b.add(&binding{kind: parameter, name: arg.Name.Name, node: arg, annotation: arg.Annotation, expr: arg.Default, fn: fn})
	}
}

func (b *binder) function(s *syntax.FunctionDef) {
	for _, d := range s.Decorators {
		b.expr(d)
	}
	b.defaults(s.Args)
	b.expr(s.Returns)
	_, end := s.Range()
	outer := b.at.scope
	fn := &callable{module: b.m, node: s, def: s, args: s.Args, outer: outer}
	if outer.kind == classScope {
		fn.class = outer.class
	}
	b.m.callables[s] = fn
	b.add(&binding{kind: defined, name: s.Name.Name, node: s, stmt: s, pos: int32(end), fn: fn})
	b.typeParameters(s.TypeParams)
	if len(s.Body) == 0 {
		return
	}
	start, _ := s.Body[0].Range()
	start = firstOf(s.Body[0], start)
	inner, done := b.open(functionScope, s, start, end)
	inner.fn, fn.scope = fn, inner
	b.parameters(s.Args)
	b.statements(s.Body)
	fn.bare = fn.bare || !terminated(s.Body)
	done()
}

func firstOf(s syntax.Stmt, start int) int {
	switch s := s.(type) {
	case *syntax.FunctionDef:
		return withDecorators(start, s.Decorators)
	case *syntax.ClassDef:
		return withDecorators(start, s.Decorators)
	}
	return start
}

// typeParameters binds def f[T: Bound]; in the scope around, which is near enough.
func (b *binder) typeParameters(list []*syntax.TypeParam) {
	for _, p := range list {
		b.expr(p.Bound)
		if p.Bound != nil && p.Stars == 0 {
			b.add(&binding{kind: typeVariable, name: p.Name.Name, node: p, expr: p.Bound, remote: true})
		}
	}
}

func (b *binder) classDef(s *syntax.ClassDef) {
	for _, d := range s.Decorators {
		b.expr(d)
	}
	for _, e := range s.Bases {
		b.expr(e)
	}
	for _, k := range s.Keywords {
		b.expr(k.Value)
	}
	_, end := s.Range()
	c := &class{module: b.m, node: s, outer: b.at.scope, stores: map[string][]*binding{}}
	b.m.classes[s] = c
	b.add(&binding{kind: classified, name: s.Name.Name, node: s, stmt: s, pos: int32(end), class: c})
	b.typeParameters(s.TypeParams)
	if len(s.Body) == 0 {
		return
	}
	start, _ := s.Body[0].Range()
	inner, done := b.open(classScope, s, firstOf(s.Body[0], start), end)
	inner.class, c.scope = c, inner
	b.statements(s.Body)
	done()
}

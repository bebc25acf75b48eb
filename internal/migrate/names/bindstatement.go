package names

import (
	"hoofprint/internal/migrate/syntax"
)

// deepest bounds how far statements may nest; CPython's own limit is 100.
const deepest = 400

func (b *binder) statements(body []syntax.Stmt) {
	if b.depth++; b.depth < deepest {
		for _, s := range body {
			b.statement(s)
		}
	}
	b.depth--
}

func (b *binder) statement(s syntax.Stmt) {
	start, end := s.Range()
	switch s := s.(type) {
	case *syntax.FunctionDef:
		b.function(s)
	case *syntax.ClassDef:
		b.classDef(s)
	case *syntax.Return:
		b.expr(s.Value)
		if f := b.at.scope.fn; f != nil {
			if s.Value != nil {
				f.returns = append(f.returns, s.Value)
			} else {
				f.bare = true
			}
		}
	case *syntax.Assign:
		b.expr(s.Value)
		for _, t := range s.Targets {
			b.target(t, binding{kind: assigned, stmt: s, expr: s.Value, pos: int32(end)})
		}
	case *syntax.AugAssign:
		b.expr(s.Value)
		if name, ok := s.Target.(*syntax.Name); ok {
			b.add(&binding{kind: augmented, name: name.ID, node: s, stmt: s, expr: s.Value, pos: int32(end)})
		}
	case *syntax.AnnAssign:
		b.expr(s.Annotation)
		b.expr(s.Value)
		like := binding{kind: assigned, stmt: s, expr: s.Value, annotation: s.Annotation, pos: int32(end)}
		if s.Value == nil {
			like.kind = declared
		}
		b.target(s.Target, like)
	case *syntax.TypeAlias:
		if s.Name != nil {
			b.add(&binding{kind: assigned, name: s.Name.ID, node: s.Name, stmt: s, expr: s.Value, pos: int32(end)})
		}
	case *syntax.Delete:
		for _, t := range s.Targets {
			if name, ok := t.(*syntax.Name); ok {
				b.add(&binding{kind: deleted, name: name.ID, node: t, stmt: s, pos: int32(end)})
			}
		}
	case *syntax.Import:
		for _, a := range s.Names {
			b.m.importsTracer = b.m.importsTracer || isTracerPath(a.Name.Name)
			b.add(&binding{kind: imported, name: boundName(a), node: a, stmt: s, pos: int32(end)})
		}
	case *syntax.ImportFrom:
		b.m.importsTracer = b.m.importsTracer || s.Level == 0 && isTracerPath(s.Module.Name)
		for _, a := range s.Names {
			n := &binding{kind: imported, name: a.Name.Name, node: a, stmt: s, pos: int32(end), block: b.at, scope: b.at.scope}
			if a.Name.Name == "*" {
				b.at.scope.stars = append(b.at.scope.stars, n)
				continue
			}
			if a.AsName.Name != "" {
				n.name = a.AsName.Name
			}
			b.add(n)
		}
	case *syntax.Global:
		b.at.scope.globals = noted(b.at.scope.globals, s.Names)
	case *syntax.Nonlocal:
		b.at.scope.nonlocals = noted(b.at.scope.nonlocals, s.Names)
	case *syntax.ExprStmt:
		b.expr(s.Value)
		b.mutation(s, end)
	case *syntax.Raise:
		b.expr(s.Exc)
		b.expr(s.Cause)
	case *syntax.Assert:
		b.expr(s.Test)
		b.expr(s.Msg)
		b.narrow(s.Test, true, int32(end))
	default:
		b.compound(s, int32(start), int32(end))
	}
}

// boundName is the name that an alias of an Import binds.
func boundName(a *syntax.Alias) string {
	if a.AsName.Name != "" {
		return a.AsName.Name
	}
	return rootName(a.Name.Name)
}

func noted(set map[string]bool, names []syntax.Ident) map[string]bool {
	if set == nil {
		set = map[string]bool{}
	}
	for _, n := range names {
		set[n.Name] = true
	}
	return set
}

// mutation notes spans.append(x) and the like.
func (b *binder) mutation(s *syntax.ExprStmt, end int) {
	call, ok := s.Value.(*syntax.Call)
	if !ok || len(call.Args) == 0 {
		return
	}
	method, ok := call.Func.(*syntax.Attribute)
	if !ok {
		return
	}
	value := call.Args[len(call.Args)-1]
	switch method.Attr.Name {
	case "append", "add", "appendleft", "insert", "setdefault", "put", "put_nowait", "set":
	default:
		return
	}
	if key := dotted(method.Value); key != "" {
		b.stored(&binding{kind: assigned, name: key + "[]", node: call, stmt: s, expr: value, pos: int32(end)})
	}
}

func (b *binder) compound(s syntax.Stmt, start, end int32) {
	c := &compound{stmt: s, parent: b.at, end: end}
	switch s := s.(type) {
	case *syntax.If:
		b.expr(s.Test)
		b.suite(c, bodySuite, s.Body, func() { b.narrow(s.Test, true, b.at.start) })
		b.suite(c, elseSuite, s.Orelse, func() { b.narrow(s.Test, false, b.at.start) })
		if terminated(s.Body) {
			b.narrow(s.Test, false, end)
		} else if terminated(s.Orelse) {
			b.narrow(s.Test, true, end)
		}
	case *syntax.While:
		b.expr(s.Test)
		b.suite(c, bodySuite, s.Body, func() { b.narrow(s.Test, true, b.at.start) })
		b.suite(c, elseSuite, s.Orelse, nil)
	case *syntax.For:
		b.expr(s.Iter)
		b.suite(c, bodySuite, s.Body, func() {
			kind := iterated
			if s.Async {
				kind = asyncIterated
			}
			b.target(s.Target, binding{kind: kind, stmt: s, expr: s.Iter, pos: b.at.start})
		})
		b.suite(c, elseSuite, s.Orelse, nil)
	case *syntax.With:
		for _, item := range s.Items {
			b.expr(item.Context)
			if item.Vars == nil {
				continue
			}
			_, from := item.Range()
			kind := entered
			if s.Async {
				kind = asyncEntered
			}
			b.target(item.Vars, binding{kind: kind, stmt: s, expr: item.Context, pos: int32(from)})
		}
		b.suite(c, bodySuite, s.Body, nil)
	case *syntax.Try:
		b.suite(c, bodySuite, s.Body, nil)
		for _, h := range s.Handlers {
			b.expr(h.Type)
			b.suite(c, handlerSuite, h.Body, func() {
				if h.Name.Name != "" {
					b.add(&binding{kind: caught, name: h.Name.Name, node: h, stmt: s, expr: h.Type, pos: b.at.start})
				}
			})
		}
		b.suite(c, elseSuite, s.Orelse, nil)
		b.suite(c, finalSuite, s.Final, nil)
	case *syntax.Match:
		b.expr(s.Subject)
		for _, k := range s.Cases {
			b.expr(k.Guard)
			b.suite(c, caseSuite, k.Body, func() { b.pattern(s, k.Pattern, s.Subject) })
		}
	}
}

// pattern binds the captures of a case; subject is nil for a part of it.
func (b *binder) pattern(s *syntax.Match, p syntax.Pattern, subject syntax.Expr) {
	at := b.at.start
	capture := func(name syntax.Ident, of syntax.Pattern, value syntax.Expr) {
		if name.Name != "" {
			n := &binding{kind: matched, name: name.Name, stmt: s, expr: value, pos: at}
			if of != nil {
				n.node = of
			}
			b.add(n)
		}
	}
	switch p := p.(type) {
	case *syntax.MatchAs:
		capture(p.Name, p.Pattern, subject)
		if p.Pattern != nil {
			b.pattern(s, p.Pattern, subject)
		}
	case *syntax.MatchClass:
		if key := dotted(subject); key != "" {
			b.add(&binding{kind: narrowed, name: key, node: p, stmt: s, expr: p.Cls, pos: at})
		}
		for _, q := range append(append([]syntax.Pattern{}, p.Patterns...), p.KwdPatterns...) {
			b.pattern(s, q, nil)
		}
	case *syntax.MatchSequence:
		for _, q := range p.Patterns {
			b.pattern(s, q, nil)
		}
	case *syntax.MatchMapping:
		for _, q := range p.Patterns {
			b.pattern(s, q, nil)
		}
		capture(p.Rest, nil, nil)
	case *syntax.MatchOr:
		for _, q := range p.Patterns {
			b.pattern(s, q, nil)
		}
	case *syntax.MatchStar:
		capture(p.Name, nil, nil)
	}
}

// narrow notes what a condition says about names, from a place on.
func (b *binder) narrow(test syntax.Expr, holds bool, from int32) {
	if !b.m.mentionsIsinstance {
		return
	}
	for _, f := range facts(test, holds) {
		kind := narrowed
		if !f.is {
			kind = excluded
		}
		b.add(&binding{kind: kind, name: f.key, node: f.class, expr: f.class, pos: from})
	}
}

// fact is that what is written as key is, or is not, an instance of a class.
type fact struct {
	key   string
	is    bool
	class syntax.Expr
}

// facts are what isinstance says in a condition that holds or not.
func facts(test syntax.Expr, holds bool) []fact {
	switch t := test.(type) {
	case *syntax.UnaryOp:
		if t.Op == "not" {
			return facts(t.Operand, !holds)
		}
	case *syntax.BoolOp:
		if (t.Op == "and") == holds {
			var out []fact
			for _, v := range t.Values {
				out = append(out, facts(v, holds)...)
			}
			return out
		}
	case *syntax.Call:
		name, ok := t.Func.(*syntax.Name)
		if !ok || name.ID != "isinstance" || len(t.Args) != 2 {
			return nil
		}
		subject := t.Args[0]
		if w, ok := subject.(*syntax.NamedExpr); ok {
			subject = w.Target
		}
		if key := dotted(subject); key != "" {
			return []fact{{key, holds, t.Args[1]}}
		}
	case *syntax.Compare:
		call, ok := t.Left.(*syntax.Call)
		if !ok || len(t.Ops) != 1 || len(call.Args) != 1 || dotted(call.Func) != "type" {
			return nil
		}
		if key := dotted(call.Args[0]); key != "" && holds && (t.Ops[0] == "is" || t.Ops[0] == "==") {
			return []fact{{key, true, t.Comparators[0]}}
		}
	}
	return nil
}

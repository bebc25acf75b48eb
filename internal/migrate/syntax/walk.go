package syntax

// Walk calls visit for node and, where visit returns true, for all that is below it, in the
// order of the source. An Ident is a field, not a node of its own.
func Walk(node Node, visit func(Node) bool) {
	walker{visit}.node(node)
}

// Children returns the nodes directly below node, in the order of the source.
func Children(node Node) []Node {
	var children []Node
	Walk(node, func(n Node) bool {
		if n == node {
			return true
		}
		children = append(children, n)
		return false
	})
	return children
}

type walker struct{ visit func(Node) bool }

// node visits n and what is below it; n may be a nil interface, not a nil pointer.
func (w walker) node(n Node) {
	if n == nil || !w.visit(n) {
		return
	}
	switch n := n.(type) {
	case *Module:
		w.stmts(n.Body)
	case Expr:
		w.expr(n)
	case Stmt:
		w.stmt(n)
	case Pattern:
		w.pattern(n)
	default:
		w.part(n)
	}
}

// anExpr is node for an expression, without asking first which sort of node it is.
func (w walker) anExpr(e Expr) {
	if e != nil && w.visit(e) {
		w.expr(e)
	}
}

func (w walker) exprs(list []Expr) {
	for _, e := range list {
		w.anExpr(e)
	}
}

func (w walker) stmts(list []Stmt) {
	for _, s := range list {
		if w.visit(s) {
			w.stmt(s)
		}
	}
}

func (w walker) patterns(list []Pattern) {
	for _, p := range list {
		w.node(p)
	}
}

func (w walker) typeParams(list []*TypeParam) {
	for _, p := range list {
		w.node(p)
	}
}

func (w walker) generators(list []*Comprehension) {
	for _, c := range list {
		w.node(c)
	}
}

// arguments visits positional arguments and keywords as they are written: f(a=1, *b).
func (w walker) arguments(args []Expr, keywords []*Keyword) {
	for _, k := range keywords {
		for len(args) > 0 {
			if start, _ := args[0].Range(); start > int(k.Start) {
				break
			}
			w.anExpr(args[0])
			args = args[1:]
		}
		w.node(k)
	}
	w.exprs(args)
}

func (w walker) stmt(s Stmt) {
	switch s := s.(type) {
	case *ExprStmt:
		w.anExpr(s.Value)
	case *Assign:
		w.exprs(s.Targets)
		w.anExpr(s.Value)
	case *FunctionDef:
		w.exprs(s.Decorators)
		w.typeParams(s.TypeParams)
		w.node(s.Args)
		w.anExpr(s.Returns)
		w.stmts(s.Body)
	case *ClassDef:
		w.exprs(s.Decorators)
		w.typeParams(s.TypeParams)
		w.arguments(s.Bases, s.Keywords)
		w.stmts(s.Body)
	case *Return:
		w.anExpr(s.Value)
	case *Delete:
		w.exprs(s.Targets)
	case *TypeAlias:
		w.node(s.Name)
		w.typeParams(s.TypeParams)
		w.anExpr(s.Value)
	case *AugAssign:
		w.anExpr(s.Target)
		w.anExpr(s.Value)
	case *AnnAssign:
		w.anExpr(s.Target)
		w.anExpr(s.Annotation)
		w.anExpr(s.Value)
	case *For:
		w.anExpr(s.Target)
		w.anExpr(s.Iter)
		w.stmts(s.Body)
		w.stmts(s.Orelse)
	case *While:
		w.anExpr(s.Test)
		w.stmts(s.Body)
		w.stmts(s.Orelse)
	case *If:
		w.anExpr(s.Test)
		w.stmts(s.Body)
		w.stmts(s.Orelse)
	case *With:
		for _, item := range s.Items {
			w.node(item)
		}
		w.stmts(s.Body)
	case *Match:
		w.anExpr(s.Subject)
		for _, c := range s.Cases {
			w.node(c)
		}
	case *Raise:
		w.anExpr(s.Exc)
		w.anExpr(s.Cause)
	case *Try:
		w.stmts(s.Body)
		for _, h := range s.Handlers {
			w.node(h)
		}
		w.stmts(s.Orelse)
		w.stmts(s.Final)
	case *Assert:
		w.anExpr(s.Test)
		w.anExpr(s.Msg)
	case *Import:
		for _, a := range s.Names {
			w.node(a)
		}
	case *ImportFrom:
		for _, a := range s.Names {
			w.node(a)
		}
	}
}

func (w walker) expr(e Expr) {
	switch e := e.(type) {
	case *Attribute:
		w.anExpr(e.Value)
	case *Call:
		w.anExpr(e.Func)
		w.arguments(e.Args, e.Keywords)
	case *BoolOp:
		w.exprs(e.Values)
	case *NamedExpr:
		w.node(e.Target)
		w.anExpr(e.Value)
	case *BinOp:
		w.anExpr(e.Left)
		w.anExpr(e.Right)
	case *UnaryOp:
		w.anExpr(e.Operand)
	case *Lambda:
		w.node(e.Args)
		w.anExpr(e.Body)
	case *IfExp:
		w.anExpr(e.Body)
		w.anExpr(e.Test)
		w.anExpr(e.Orelse)
	case *Dict:
		for i, value := range e.Values {
			w.anExpr(e.Keys[i])
			w.anExpr(value)
		}
	case *Set:
		w.exprs(e.Elts)
	case *ListComp:
		w.anExpr(e.Elt)
		w.generators(e.Generators)
	case *SetComp:
		w.anExpr(e.Elt)
		w.generators(e.Generators)
	case *GeneratorExp:
		w.anExpr(e.Elt)
		w.generators(e.Generators)
	case *DictComp:
		w.anExpr(e.Key)
		w.anExpr(e.Value)
		w.generators(e.Generators)
	case *Await:
		w.anExpr(e.Value)
	case *Yield:
		w.anExpr(e.Value)
	case *YieldFrom:
		w.anExpr(e.Value)
	case *Compare:
		w.anExpr(e.Left)
		w.exprs(e.Comparators)
	case *JoinedStr:
		w.exprs(e.Values)
	case *FormattedValue:
		w.anExpr(e.Value)
		if e.FormatSpec != nil {
			w.anExpr(e.FormatSpec)
		}
	case *Subscript:
		w.anExpr(e.Value)
		w.anExpr(e.Index)
	case *Starred:
		w.anExpr(e.Value)
	case *List:
		w.exprs(e.Elts)
	case *Tuple:
		w.exprs(e.Elts)
	case *Slice:
		w.anExpr(e.Lower)
		w.anExpr(e.Upper)
		w.anExpr(e.Step)
	}
}

func (w walker) pattern(p Pattern) {
	switch p := p.(type) {
	case *MatchValue:
		w.anExpr(p.Value)
	case *MatchSingleton:
		w.node(p.Value)
	case *MatchSequence:
		w.patterns(p.Patterns)
	case *MatchMapping:
		for i, key := range p.Keys {
			w.anExpr(key)
			w.node(p.Patterns[i])
		}
	case *MatchClass:
		w.anExpr(p.Cls)
		w.patterns(p.Patterns)
		w.patterns(p.KwdPatterns)
	case *MatchAs:
		if p.Pattern != nil {
			w.node(p.Pattern)
		}
	case *MatchOr:
		w.patterns(p.Patterns)
	}
}

func (w walker) part(n Node) {
	switch n := n.(type) {
	case *Comprehension:
		w.anExpr(n.Target)
		w.anExpr(n.Iter)
		w.exprs(n.Ifs)
	case *ExceptHandler:
		w.anExpr(n.Type)
		w.stmts(n.Body)
	case *Arguments:
		w.args(n.PosOnly)
		w.args(n.Args)
		if n.Vararg != nil {
			w.node(n.Vararg)
		}
		w.args(n.KwOnly)
		if n.Kwarg != nil {
			w.node(n.Kwarg)
		}
	case *Arg:
		w.anExpr(n.Annotation)
		w.anExpr(n.Default)
	case *Keyword:
		w.anExpr(n.Value)
	case *WithItem:
		w.anExpr(n.Context)
		w.anExpr(n.Vars)
	case *MatchCase:
		w.node(n.Pattern)
		w.anExpr(n.Guard)
		w.stmts(n.Body)
	case *TypeParam:
		w.anExpr(n.Bound)
		w.anExpr(n.Default)
	}
}

func (w walker) args(list []*Arg) {
	for _, a := range list {
		w.node(a)
	}
}

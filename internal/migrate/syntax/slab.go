package syntax

// slab allocates values many at a time, the more the more there are already: a tree lives
// and dies as a whole.
type slab[T any] struct {
	free []T
	size int
}

const (
	firstSlab = 8
	lastSlab  = 256
)

func (s *slab[T]) grow() {
	s.size = min(max(2*s.size, firstSlab), lastSlab)
	s.free = make([]T, s.size)
}

func (s *slab[T]) new() *T {
	if len(s.free) == 0 {
		s.grow()
	}
	value := &s.free[0]
	s.free = s.free[1:]
	return value
}

// copy returns a copy of list that nothing can be appended to in place.
func (s *slab[T]) copy(list []T) []T {
	n := len(list)
	if n == 0 {
		return nil
	}
	if n > len(s.free) {
		if n >= firstSlab {
			return append(make([]T, 0, n), list...)
		}
		s.grow()
	}
	out := s.free[:n:n]
	s.free = s.free[n:]
	copy(out, list)
	return out
}

// slabs are those of the nodes that most of a program is made of.
type slabs struct {
	names      slab[Name]
	attributes slab[Attribute]
	calls      slab[Call]
	constants  slab[Constant]
	literals   slab[Literal]
	keywords   slab[Keyword]
	args       slab[Arg]
	exprStmts  slab[ExprStmt]
	assigns    slab[Assign]
	exprs      slab[Expr]
	stmts      slab[Stmt]
}

func (p *parser) cutExprs(mark int) []Expr {
	list := p.nodes.exprs.copy(p.exprs[mark:])
	p.exprs = p.exprs[:mark]
	return list
}

func (p *parser) cutStmts(mark int) []Stmt {
	list := p.nodes.stmts.copy(p.stmts[mark:])
	p.stmts = p.stmts[:mark]
	return list
}

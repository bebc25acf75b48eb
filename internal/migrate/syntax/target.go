package syntax

// targets reads what a for assigns to: one target or a tuple without parentheses.
func (p *parser) targets() Expr {
	start := p.start()
	first := p.target()
	if p.kind != opComma {
		return first
	}
	mark := len(p.exprs)
	p.exprs = append(p.exprs, first)
	for p.accept(opComma) && begins[p.kind] {
		p.exprs = append(p.exprs, p.target())
	}
	return &Tuple{p.span(start), p.cutExprs(mark)}
}

// target reads one target, with or without a star.
func (p *parser) target() Expr {
	start := p.start()
	if p.accept(opStar) {
		value := p.primary()
		checkTarget(value, false)
		return &Starred{p.span(start), value}
	}
	e := p.primary()
	checkTarget(e, false)
	return e
}

// checkTarget fails if nothing can be assigned to e.
func checkTarget(e Expr, star bool) {
	switch e := e.(type) {
	case *Name, *Attribute, *Subscript:
		return
	case *Starred:
		if star {
			checkTarget(e.Value, false)
			return
		}
	case *Tuple:
		for _, elt := range e.Elts {
			checkTarget(elt, true)
		}
		return
	case *List:
		for _, elt := range e.Elts {
			checkTarget(elt, true)
		}
		return
	}
	start, _ := e.Range()
	fail(start, "cannot assign to this expression")
}

// checkSingle fails if e is not one name, attribute or subscript.
func checkSingle(e Expr) {
	switch e.(type) {
	case *Name, *Attribute, *Subscript:
		return
	}
	start, _ := e.Range()
	fail(start, "only a name, an attribute or a subscript can be assigned to here")
}

// checkDelete fails if e cannot be deleted.
func checkDelete(e Expr) {
	var elts []Expr
	switch e := e.(type) {
	case *Name, *Attribute, *Subscript:
		return
	case *Tuple:
		elts = e.Elts
	case *List:
		elts = e.Elts
	default:
		start, _ := e.Range()
		fail(start, "cannot delete this expression")
	}
	for _, elt := range elts {
		checkDelete(elt)
	}
}

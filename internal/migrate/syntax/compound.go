package syntax

// maxElif is the number of elifs in a row: each is inside the one before.
const maxElif = 8_000

func (p *parser) ifStmt() Stmt {
	first := &If{Span: Span{Start: p.start()}}
	chain := []*If{first}
	p.next()
	first.Test = p.named()
	first.Body = p.block()
	for last := first; p.kind == kwElif; {
		if len(chain) > maxElif {
			p.fail("too many elifs")
		}
		s := &If{Span: Span{Start: p.start()}}
		p.next()
		s.Test = p.named()
		s.Body = p.block()
		last.Orelse = p.nodes.stmts.copy([]Stmt{s})
		chain = append(chain, s)
		last = s
	}
	chain[len(chain)-1].Orelse = p.orelse()
	for _, s := range chain {
		s.End = p.end
	}
	return first
}

func (p *parser) orelse() []Stmt {
	if p.accept(kwElse) {
		return p.block()
	}
	return nil
}

func (p *parser) forStmt(start int32, async bool) Stmt {
	s := &For{Async: async}
	p.next()
	s.Target = p.targets()
	p.expect(kwIn)
	s.Iter = p.exprList(false)
	s.Body = p.block()
	s.Orelse = p.orelse()
	s.Span = p.span(start)
	return s
}

func (p *parser) whileStmt() Stmt {
	s := &While{}
	start := p.start()
	p.next()
	s.Test = p.named()
	s.Body = p.block()
	s.Orelse = p.orelse()
	s.Span = p.span(start)
	return s
}

func (p *parser) tryStmt() Stmt {
	s := &Try{}
	start := p.start()
	p.next()
	s.Body = p.block()
	for p.kind == kwExcept {
		s.Handlers = append(s.Handlers, p.handler(s))
	}
	if len(s.Handlers) > 0 {
		s.Orelse = p.orelse()
	}
	if p.accept(kwFinally) {
		s.Final = p.block()
	} else if len(s.Handlers) == 0 {
		p.fail("expected 'except' or 'finally' block")
	}
	s.Span = p.span(start)
	return s
}

func (p *parser) handler(s *Try) *ExceptHandler {
	h := &ExceptHandler{}
	start := p.start()
	p.next()
	star := p.accept(opStar)
	if len(s.Handlers) > 0 && star != s.Star {
		p.fail("cannot have both 'except' and 'except*' on the same 'try'")
	}
	s.Star = star
	if p.kind != opColon {
		at := p.start()
		h.Type = p.expression()
		if p.kind == opComma {
			h.Type = p.exceptions(at, h.Type)
		} else if p.accept(kwAs) {
			h.Name = p.ident()
		}
	} else if star {
		p.fail("expected one or more exception types")
	}
	h.Body = p.block()
	h.Span = p.span(start)
	return h
}

// exceptions reads the rest of a tuple without parentheses, which 3.14 allows and Python 2
// had for `except type, name`.
func (p *parser) exceptions(start int32, first Expr) Expr {
	mark := len(p.exprs)
	p.exprs = append(p.exprs, first)
	for p.accept(opComma) && p.kind != opColon {
		p.exprs = append(p.exprs, p.expression())
	}
	return &Tuple{p.span(start), p.cutExprs(mark)}
}

func (p *parser) withStmt(start int32, async bool) Stmt {
	s := &With{Async: async}
	p.next()
	if p.kind == opOpen && p.itemsInParentheses() {
		p.next()
		for {
			s.Items = append(s.Items, p.withItem())
			if !p.accept(opComma) || p.kind == opClose {
				break
			}
		}
		p.expect(opClose)
	} else {
		s.Items = append(s.Items, p.withItem())
		for p.accept(opComma) {
			s.Items = append(s.Items, p.withItem())
		}
	}
	s.Body = p.block()
	s.Span = p.span(start)
	return s
}

func (p *parser) withItem() *WithItem {
	item := &WithItem{}
	start := p.start()
	item.Context = p.expression()
	if p.accept(kwAs) {
		item.Vars = p.target()
	}
	item.Span = p.span(start)
	return item
}

// itemsInParentheses says whether the parenthesis here is around the items of a with, and
// not part of the first one: it is if a colon follows and with what is in it.
func (p *parser) itemsInParentheses() bool {
	depth, first := 0, true
	plain, as := p.toks[p.pos+1].Kind == opClose, false
	for i := p.pos; ; i++ {
		kind := p.toks[i].Kind
		switch kind {
		case opOpen, opOpenSquare, opOpenBrace:
			depth++
		case opClose, opCloseSquare, opCloseBrace:
			if depth--; depth == 0 {
				return p.toks[i+1].Kind == opColon && (as || !plain)
			}
		case EndMarker:
			return false
		}
		if depth == 1 && i > p.pos {
			switch {
			case kind == kwAs:
				as = true
			case kind == kwFor || kind == opWalrus || first && (kind == opStar || kind == kwYield):
				plain = true
			}
			first = kind == opComma
		}
	}
}

func (p *parser) async(decorators []Expr) Stmt {
	start := p.start()
	p.next()
	switch p.kind {
	case kwDef:
		return p.funcDef(start, true, decorators)
	case kwFor:
		if decorators == nil {
			return p.forStmt(start, true)
		}
	case kwWith:
		if decorators == nil {
			return p.withStmt(start, true)
		}
	}
	p.unexpected()
	return nil
}

func (p *parser) decorated() Stmt {
	mark := len(p.exprs)
	for p.accept(opAt) {
		p.exprs = append(p.exprs, p.named())
		p.expect(Newline)
	}
	decorators := p.cutExprs(mark)
	switch p.kind {
	case kwDef:
		return p.funcDef(p.start(), false, decorators)
	case kwClass:
		return p.classDef(decorators)
	case kwAsync:
		return p.async(decorators)
	}
	p.unexpected()
	return nil
}

func (p *parser) funcDef(start int32, async bool, decorators []Expr) Stmt {
	s := &FunctionDef{Async: async, Decorators: decorators}
	p.next()
	s.Name = p.ident()
	s.TypeParams = p.typeParams()
	p.expect(opOpen)
	s.Args = p.parameters(opClose)
	p.expect(opClose)
	if p.accept(opArrow) {
		s.Returns = p.expression()
	}
	s.Body = p.block()
	s.Span = p.span(start)
	return s
}

func (p *parser) classDef(decorators []Expr) Stmt {
	s := &ClassDef{Decorators: decorators}
	start := p.start()
	p.next()
	s.Name = p.ident()
	s.TypeParams = p.typeParams()
	if p.kind == opOpen {
		s.Bases, s.Keywords = p.arguments(false)
	}
	s.Body = p.block()
	s.Span = p.span(start)
	return s
}

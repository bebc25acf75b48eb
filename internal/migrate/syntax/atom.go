package syntax

func (p *parser) name() *Name {
	if p.kind != Identifier {
		p.unexpected()
	}
	t := p.toks[p.pos]
	p.next()
	n := p.nodes.names.new()
	*n = Name{t.Span, p.word(t)}
	return n
}

// constant reads one token.
func (p *parser) constant(kind ConstantKind) *Constant {
	t := p.toks[p.pos]
	p.next()
	c := p.nodes.constants.new()
	*c = Constant{Span: t.Span, Kind: kind, Value: p.src[t.Start:t.End]}
	return c
}

func (p *parser) atom() Expr {
	switch p.kind {
	case Identifier:
		return p.name()
	case StringLiteral, FStringStart:
		return p.strings()
	case NumberLiteral:
		return p.constant(Number)
	case kwTrue:
		return p.constant(True)
	case kwFalse:
		return p.constant(False)
	case kwNone:
		return p.constant(None)
	case opEllipsis:
		return p.constant(Ellipsis)
	case opOpen:
		return p.parenthesized()
	case opOpenSquare:
		return p.list()
	case opOpenBrace:
		return p.braces()
	}
	p.unexpected()
	return nil
}

// parenthesized reads a tuple, a generator expression or an expression in parentheses.
func (p *parser) parenthesized() Expr {
	start := p.start()
	p.next()
	switch p.kind {
	case opClose:
		p.next()
		return &Tuple{p.span(start), nil}
	case kwYield:
		e := p.yield()
		p.expect(opClose)
		return e
	}
	first := p.item(true)
	switch p.kind {
	case kwFor, kwAsync:
		p.unstarred(first)
		generators := p.generators()
		p.expect(opClose)
		return &GeneratorExp{p.span(start), first, generators}
	case opComma:
		mark := len(p.exprs)
		p.exprs = append(p.exprs, first)
		p.items(opClose)
		return &Tuple{p.span(start), p.cutExprs(mark)}
	}
	p.unstarred(first)
	p.expect(opClose)
	return first
}

func (p *parser) unstarred(e Expr) {
	if s, ok := e.(*Starred); ok {
		fail(int(s.Start), "cannot use starred expression here")
	}
}

// items reads further items from a comma on, with the closing bracket.
func (p *parser) items(closing TokenKind) {
	for p.accept(opComma) && p.kind != closing {
		p.exprs = append(p.exprs, p.item(true))
	}
	p.expect(closing)
}

func (p *parser) list() Expr {
	start := p.start()
	p.next()
	mark := len(p.exprs)
	if p.accept(opCloseSquare) {
		return &List{p.span(start), nil}
	}
	first := p.item(true)
	if p.kind == kwFor || p.kind == kwAsync {
		p.unstarred(first)
		generators := p.generators()
		p.expect(opCloseSquare)
		return &ListComp{p.span(start), first, generators}
	}
	p.exprs = append(p.exprs, first)
	p.items(opCloseSquare)
	return &List{p.span(start), p.cutExprs(mark)}
}

// braces reads a dict or a set.
func (p *parser) braces() Expr {
	start := p.start()
	p.next()
	if p.accept(opCloseBrace) {
		return &Dict{Span: p.span(start)}
	}
	if p.kind == opPower {
		return p.dict(start, nil)
	}
	walrus := p.kind == Identifier && p.peek() == opWalrus
	first := p.item(true)
	_, star := first.(*Starred)
	if p.kind == opColon && !star && !walrus {
		return p.dict(start, first)
	}
	if p.kind == kwFor || p.kind == kwAsync {
		p.unstarred(first)
		generators := p.generators()
		p.expect(opCloseBrace)
		return &SetComp{p.span(start), first, generators}
	}
	mark := len(p.exprs)
	p.exprs = append(p.exprs, first)
	p.items(opCloseBrace)
	return &Set{p.span(start), p.cutExprs(mark)}
}

// dict reads a dict from after its first key, or from its first **.
func (p *parser) dict(start int32, key Expr) Expr {
	mark := len(p.exprs) // keys and values in turn
	for {
		if key == nil {
			p.expect(opPower)
			p.exprs = append(p.exprs, nil, p.binary(precBitOr))
		} else {
			p.expect(opColon)
			value := p.expression()
			if (p.kind == kwFor || p.kind == kwAsync) && len(p.exprs) == mark {
				generators := p.generators()
				p.expect(opCloseBrace)
				return &DictComp{p.span(start), key, value, generators}
			}
			p.exprs = append(p.exprs, key, value)
		}
		if !p.accept(opComma) || p.kind == opCloseBrace {
			break
		}
		if key = nil; p.kind != opPower {
			key = p.expression()
		}
	}
	p.expect(opCloseBrace)
	pairs := p.exprs[mark:]
	n := len(pairs) / 2
	both := make([]Expr, 2*n)
	for i := range n {
		both[i], both[n+i] = pairs[2*i], pairs[2*i+1]
	}
	p.exprs = p.exprs[:mark]
	return &Dict{p.span(start), both[:n:n], both[n:]}
}

// generators reads the for and if clauses of a comprehension.
func (p *parser) generators() []*Comprehension {
	var list []*Comprehension
	for p.kind == kwFor || p.kind == kwAsync {
		start := p.start()
		async := p.accept(kwAsync)
		p.expect(kwFor)
		target := p.targets()
		p.expect(kwIn)
		iter := p.binary(precOr)
		mark := len(p.exprs)
		for p.accept(kwIf) {
			p.exprs = append(p.exprs, p.binary(precOr))
		}
		list = append(list, &Comprehension{p.span(start), async, target, iter, p.cutExprs(mark)})
	}
	return list
}

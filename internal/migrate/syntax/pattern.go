package syntax

// isMatch says whether the name match begins a statement here.
func (p *parser) isMatch() bool {
	switch p.peek() {
	case opOpen, opOpenSquare, opMinus, opPlus, opStar, kwNot:
		// match(x) may be a call: a statement's line ends with a colon.
		i := p.pos
		for p.toks[i].Kind != Newline && p.toks[i].Kind != EndMarker {
			i++
		}
		return p.toks[i].Kind == Newline && p.toks[i-1].Kind == opColon
	}
	return begins[p.peek()]
}

func (p *parser) matchStmt() Stmt {
	s := &Match{}
	start := p.start()
	p.next()
	at := p.start()
	if s.Subject = p.item(true); p.kind == opComma {
		s.Subject = p.tuple(at, s.Subject, true)
	} else {
		p.unstarred(s.Subject)
	}
	p.expect(opColon)
	p.expect(Newline)
	p.expect(Indent)
	for p.kind == Identifier && p.text() == "case" {
		c := &MatchCase{}
		at := p.start()
		p.next()
		c.Pattern = p.patterns()
		if p.accept(kwIf) {
			c.Guard = p.named()
		}
		c.Body = p.block()
		c.Span = p.span(at)
		s.Cases = append(s.Cases, c)
	}
	if len(s.Cases) == 0 {
		p.unexpected()
	}
	p.expect(Dedent)
	s.Span = p.span(start)
	return s
}

// patterns reads one pattern, or a sequence without brackets.
func (p *parser) patterns() Pattern {
	start := p.start()
	first := p.starPattern()
	if p.kind == opComma {
		list := []Pattern{first}
		for p.accept(opComma) && p.kind != opColon && p.kind != kwIf {
			list = append(list, p.starPattern())
		}
		return &MatchSequence{p.span(start), list}
	}
	p.unstarredPattern(first)
	return first
}

func (p *parser) unstarredPattern(first Pattern) {
	if star, ok := first.(*MatchStar); ok {
		fail(int(star.Start), "a star is only allowed within a sequence")
	}
}

// starPattern reads an element of a sequence.
func (p *parser) starPattern() Pattern {
	start := p.start()
	if !p.accept(opStar) {
		return p.pattern()
	}
	name := p.ident()
	if p.kind == opDot || p.kind == opOpen || p.kind == opAssign {
		p.unexpected()
	}
	if name.Name == "_" {
		name = Ident{}
	}
	return &MatchStar{p.span(start), name}
}

func (p *parser) pattern() Pattern {
	p.enter()
	defer p.leave()
	start := p.start()
	pattern := p.closedPattern()
	if p.kind == opOr {
		list := []Pattern{pattern}
		for p.accept(opOr) {
			list = append(list, p.closedPattern())
		}
		pattern = &MatchOr{p.span(start), list}
	}
	if !p.accept(kwAs) {
		return pattern
	}
	name := p.ident()
	if name.Name == "_" || p.kind == opDot || p.kind == opOpen || p.kind == opAssign {
		p.fail("invalid pattern target")
	}
	return &MatchAs{p.span(start), pattern, name}
}

func (p *parser) closedPattern() Pattern {
	start := p.start()
	switch p.kind {
	case NumberLiteral, opMinus, StringLiteral, FStringStart:
		value := p.literalPattern()
		return &MatchValue{p.span(start), value}
	case kwNone:
		return p.singleton(None)
	case kwTrue:
		return p.singleton(True)
	case kwFalse:
		return p.singleton(False)
	case opOpen:
		return p.sequencePattern(opClose)
	case opOpenSquare:
		return p.sequencePattern(opCloseSquare)
	case opOpenBrace:
		return p.mappingPattern()
	}
	// Nothing but _ alone begins with it.
	if next := p.peek(); next != opDot && next != opOpen || p.kind == Identifier && p.text() == "_" {
		name := p.ident()
		if p.kind == opAssign {
			p.unexpected()
		}
		if name.Name == "_" {
			name = Ident{}
		}
		return &MatchAs{p.span(start), nil, name}
	}
	value := p.dottedValue()
	if p.kind == opOpen {
		return p.classPattern(start, value)
	}
	if _, ok := value.(*Name); ok || p.kind == opAssign {
		p.unexpected()
	}
	return &MatchValue{p.span(start), value}
}

func (p *parser) singleton(kind ConstantKind) Pattern {
	c := p.constant(kind)
	return &MatchSingleton{c.Span, c}
}

// literalPattern reads strings or a number: -1, 1 + 2j.
func (p *parser) literalPattern() Expr {
	if p.kind == StringLiteral || p.kind == FStringStart {
		return p.strings()
	}
	start := p.start()
	left := p.signedNumber()
	if p.kind != opPlus && p.kind != opMinus {
		return left
	}
	if p.imaginary(p.end) {
		p.fail("real number required in complex literal")
	}
	op := operatorText[p.kind]
	p.next()
	if p.kind != NumberLiteral {
		p.unexpected()
	}
	right := p.constant(Number)
	if !p.imaginary(right.End) {
		fail(int(right.Start), "imaginary number required in complex literal")
	}
	return &BinOp{p.span(start), left, op, right}
}

// imaginary says whether the number that ends there is.
func (p *parser) imaginary(end int32) bool { return p.src[end-1]|0x20 == 'j' }

func (p *parser) signedNumber() Expr {
	start := p.start()
	minus := p.accept(opMinus)
	if p.kind != NumberLiteral {
		p.unexpected()
	}
	number := p.constant(Number)
	if !minus {
		return number
	}
	return &UnaryOp{p.span(start), "-", number}
}

// dottedValue reads a name or a.b.c.
func (p *parser) dottedValue() Expr {
	start := p.start()
	var e Expr = p.name()
	links := 0
	for p.accept(opDot) {
		p.link(&links)
		attr := p.ident()
		e = &Attribute{p.span(start), e, attr}
	}
	return e
}

// sequencePattern reads a sequence in brackets or a pattern in parentheses.
func (p *parser) sequencePattern(closing TokenKind) Pattern {
	start := p.start()
	p.next()
	var list []Pattern
	comma := false
	for p.kind != closing {
		list = append(list, p.starPattern())
		if !p.accept(opComma) {
			break
		}
		comma = true
	}
	p.expect(closing)
	if closing == opClose && len(list) == 1 && !comma {
		p.unstarredPattern(list[0])
		return list[0]
	}
	return &MatchSequence{p.span(start), list}
}

func (p *parser) mappingPattern() Pattern {
	m := &MatchMapping{}
	start := p.start()
	p.next()
	for p.kind != opCloseBrace {
		if p.accept(opPower) {
			m.Rest = p.ident()
			if m.Rest.Name == "_" {
				p.unexpected()
			}
			p.accept(opComma)
			break
		}
		m.Keys = append(m.Keys, p.mappingKey())
		p.expect(opColon)
		m.Patterns = append(m.Patterns, p.pattern())
		if !p.accept(opComma) {
			break
		}
	}
	p.expect(opCloseBrace)
	m.Span = p.span(start)
	return m
}

func (p *parser) mappingKey() Expr {
	switch p.kind {
	case kwNone:
		return p.constant(None)
	case kwTrue:
		return p.constant(True)
	case kwFalse:
		return p.constant(False)
	case Identifier:
		if p.peek() != opDot {
			p.unexpected()
		}
		return p.dottedValue()
	}
	return p.literalPattern()
}

func (p *parser) classPattern(start int32, cls Expr) Pattern {
	m := &MatchClass{Cls: cls}
	p.expect(opOpen)
	for p.kind != opClose {
		if p.kind == Identifier && p.peek() == opAssign {
			m.KwdAttrs = append(m.KwdAttrs, p.ident())
			p.next()
			m.KwdPatterns = append(m.KwdPatterns, p.pattern())
		} else {
			if len(m.KwdAttrs) > 0 {
				p.fail("positional patterns follow keyword patterns")
			}
			m.Patterns = append(m.Patterns, p.pattern())
		}
		if !p.accept(opComma) {
			break
		}
	}
	p.expect(opClose)
	m.Span = p.span(start)
	return m
}

package syntax

// Precedences of the binary operators, from the loosest; 0 for what is none.
const (
	precOr = iota + 1
	precAnd
	precNot
	precCompare
	precBitOr
	precBitXor
	precBitAnd
	precShift
	precArith
	precTerm
)

var precedence = [256]uint8{
	kwOr: precOr, kwAnd: precAnd,
	kwNot: precCompare, kwIn: precCompare, kwIs: precCompare,
	opLess: precCompare, opGreater: precCompare, opLessEqual: precCompare, opGreaterEqual: precCompare,
	opEqual: precCompare, opNotEqual: precCompare,
	opOr: precBitOr, opXor: precBitXor, opAnd: precBitAnd, opLeft: precShift, opRight: precShift,
	opPlus: precArith, opMinus: precArith,
	opStar: precTerm, opSlash: precTerm, opFloor: precTerm, opPercent: precTerm, opAt: precTerm,
}

// begins has the tokens that an expression, or a starred one, may begin with.
var begins = [256]bool{
	Identifier: true, NumberLiteral: true, StringLiteral: true, FStringStart: true,
	kwTrue: true, kwFalse: true, kwNone: true, kwAwait: true, kwLambda: true, kwNot: true,
	opOpen: true, opOpenSquare: true, opOpenBrace: true, opEllipsis: true,
	opMinus: true, opPlus: true, opTilde: true, opStar: true,
}

// expression reads anything but a star, a comma, a walrus and yield.
func (p *parser) expression() Expr {
	p.enter()
	e := p.choice()
	p.leave()
	return e
}

func (p *parser) choice() Expr {
	if p.kind == kwLambda {
		return p.lambda()
	}
	start := p.start()
	body := p.binary(precOr)
	if p.kind != kwIf {
		return body
	}
	p.next()
	test := p.binary(precOr)
	p.expect(kwElse)
	orelse := p.expression()
	return &IfExp{p.span(start), test, body, orelse}
}

// named reads an expression or name := expression.
func (p *parser) named() Expr {
	if p.kind != Identifier || p.peek() != opWalrus {
		return p.expression()
	}
	start := p.start()
	target := p.name()
	p.next()
	value := p.expression()
	return &NamedExpr{p.span(start), target, value}
}

// item reads an element of a list: an expression, *expression, or a named one if that may be.
func (p *parser) item(named bool) Expr {
	if p.kind == opStar {
		return p.starred(precBitOr)
	}
	if named {
		return p.named()
	}
	return p.expression()
}

// starred reads *expression, with operators of that precedence.
func (p *parser) starred(min uint8) Expr {
	start := p.start()
	p.next()
	value := p.binary(min)
	return &Starred{p.span(start), value}
}

// exprList reads one item, or a tuple of several without parentheses.
func (p *parser) exprList(named bool) Expr {
	start := p.start()
	first := p.item(named)
	if p.kind != opComma {
		return first
	}
	return p.tuple(start, first, named)
}

// tuple reads the rest of a tuple from the first comma on.
func (p *parser) tuple(start int32, first Expr, named bool) Expr {
	mark := len(p.exprs)
	p.exprs = append(p.exprs, first)
	for p.accept(opComma) && begins[p.kind] {
		p.exprs = append(p.exprs, p.item(named))
	}
	return &Tuple{p.span(start), p.cutExprs(mark)}
}

// value reads what may stand at the right of an assignment.
func (p *parser) value() Expr {
	if p.kind == kwYield {
		return p.yield()
	}
	return p.exprList(false)
}

func (p *parser) yield() Expr {
	start := p.start()
	p.next()
	if p.accept(kwFrom) {
		value := p.expression()
		return &YieldFrom{p.span(start), value}
	}
	var value Expr
	if begins[p.kind] {
		value = p.exprList(false)
	}
	return &Yield{p.span(start), value}
}

func (p *parser) lambda() Expr {
	start := p.start()
	p.next()
	args := p.parameters(opColon)
	p.expect(opColon)
	body := p.expression()
	return &Lambda{p.span(start), args, body}
}

// binary reads operators of at least that precedence.
func (p *parser) binary(min uint8) Expr {
	start := p.start()
	var left Expr
	if p.kind == kwNot && min <= precNot {
		p.enter()
		p.next()
		operand := p.binary(precNot)
		left = &UnaryOp{p.span(start), "not", operand}
		p.leave()
	} else {
		left = p.unary()
	}
	links := 0
	for {
		prec := precedence[p.kind]
		if prec < min || prec == 0 {
			return left
		}
		switch prec {
		case precOr, precAnd:
			left = p.boolOp(start, left, prec)
		case precCompare:
			if p.kind == kwNot && p.peek() != kwIn {
				return left
			}
			left = p.compare(start, left)
		default:
			p.link(&links)
			op := operatorText[p.kind]
			p.next()
			right := p.binary(prec + 1)
			left = &BinOp{p.span(start), left, op, right}
		}
	}
}

func (p *parser) boolOp(start int32, left Expr, prec uint8) Expr {
	kind := p.kind
	mark := len(p.exprs)
	p.exprs = append(p.exprs, left)
	for p.accept(kind) {
		p.exprs = append(p.exprs, p.binary(prec+1))
	}
	return &BoolOp{p.span(start), operatorText[kind], p.cutExprs(mark)}
}

func (p *parser) compare(start int32, left Expr) Expr {
	mark := len(p.exprs)
	var one [1]string
	ops := one[:0]
	for precedence[p.kind] == precCompare {
		op := operatorText[p.kind]
		if p.kind == kwNot {
			if p.peek() != kwIn {
				break
			}
			p.next()
			op = "not in"
		} else if p.kind == kwIs && p.peek() == kwNot {
			p.next()
			op = "is not"
		}
		p.next()
		ops = append(ops, op)
		p.exprs = append(p.exprs, p.binary(precBitOr))
	}
	return &Compare{p.span(start), left, ops, p.cutExprs(mark)}
}

// unary reads a sign, a power, an await or a primary.
func (p *parser) unary() Expr {
	switch p.kind {
	case opMinus, opPlus, opTilde:
		p.enter()
		start := p.start()
		op := operatorText[p.kind]
		p.next()
		operand := p.unary()
		p.leave()
		return &UnaryOp{p.span(start), op, operand}
	}
	start := p.start()
	left := p.primary()
	if p.kind != opPower {
		return left
	}
	p.enter()
	p.next()
	right := p.unary()
	p.leave()
	return &BinOp{p.span(start), left, "**", right}
}

// primary reads an atom with its attributes, calls and subscripts.
func (p *parser) primary() Expr {
	start := p.start()
	if p.kind == kwAwait {
		p.next()
		if p.kind == kwAwait {
			p.unexpected()
		}
		value := p.primary()
		return &Await{p.span(start), value}
	}
	e := p.atom()
	links := 0
	for {
		switch p.kind {
		case opDot:
			p.link(&links)
			p.next()
			attr := p.ident()
			a := p.nodes.attributes.new()
			*a = Attribute{p.span(start), e, attr}
			e = a
		case opOpen:
			p.link(&links)
			c := p.nodes.calls.new()
			c.Func = e
			c.Open = p.start()
			c.Args, c.Keywords = p.arguments(true)
			c.Close = p.end - 1
			c.Span = p.span(start)
			e = c
		case opOpenSquare:
			p.link(&links)
			p.next()
			index := p.subscript()
			p.expect(opCloseSquare)
			e = &Subscript{p.span(start), e, index}
		default:
			return e
		}
	}
}

// arguments reads a call's or a class's, with the parentheses.
func (p *parser) arguments(call bool) ([]Expr, []*Keyword) {
	open := p.start()
	p.next()
	mark := len(p.exprs)
	var keywords []*Keyword
	unpacked := false
	for p.kind != opClose {
		start := p.start()
		switch {
		case p.kind == opPower:
			p.next()
			value := p.expression()
			keywords = append(keywords, p.keyword(start, Ident{}, value))
			unpacked = true
		case p.kind == opStar:
			if unpacked {
				p.fail("iterable argument unpacking follows keyword argument unpacking")
			}
			p.next()
			value := p.expression()
			p.exprs = append(p.exprs, &Starred{p.span(start), value})
		case p.kind == Identifier && p.peek() == opAssign:
			name := p.ident()
			p.next()
			value := p.expression()
			keywords = append(keywords, p.keyword(start, name, value))
		default:
			if len(keywords) > 0 {
				p.fail("positional argument follows keyword argument")
			}
			value := p.named()
			if p.kind == kwFor || p.kind == kwAsync {
				if !call || len(p.exprs) > mark {
					p.fail("generator expression must be parenthesized")
				}
				generators := p.generators()
				p.expect(opClose)
				p.exprs = append(p.exprs, &GeneratorExp{p.span(open), value, generators})
				return p.cutExprs(mark), nil
			}
			p.exprs = append(p.exprs, value)
		}
		if !p.accept(opComma) {
			break
		}
	}
	p.expect(opClose)
	return p.cutExprs(mark), keywords
}

func (p *parser) keyword(start int32, name Ident, value Expr) *Keyword {
	k := p.nodes.keywords.new()
	*k = Keyword{p.span(start), name, value}
	return k
}

// subscript reads what is between square brackets.
func (p *parser) subscript() Expr {
	start := p.start()
	first := p.slice()
	if p.kind != opComma {
		if s, ok := first.(*Starred); ok {
			// a[*b] is a[(*b,)].
			return &Tuple{s.Span, p.nodes.exprs.copy([]Expr{first})}
		}
		return first
	}
	mark := len(p.exprs)
	p.exprs = append(p.exprs, first)
	for p.accept(opComma) && p.kind != opCloseSquare {
		p.exprs = append(p.exprs, p.slice())
	}
	return &Tuple{p.span(start), p.cutExprs(mark)}
}

func (p *parser) slice() Expr {
	start := p.start()
	var lower, upper, step Expr
	if p.kind != opColon {
		lower = p.item(true)
		if p.kind != opColon {
			return lower
		}
		switch lower.(type) {
		case *Starred:
			p.unexpected()
		case *NamedExpr:
			if p.src[start] != '(' {
				p.unexpected()
			}
		}
	}
	p.next()
	if begins[p.kind] {
		upper = p.expression()
	}
	if p.accept(opColon) && begins[p.kind] {
		step = p.expression()
	}
	return &Slice{p.span(start), lower, upper, step}
}

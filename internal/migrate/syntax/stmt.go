package syntax

import "strings"

// statement reads a compound statement or a line of simple ones onto p.stmts.
func (p *parser) statement() {
	p.links = 0
	var s Stmt
	switch p.kind {
	case kwIf:
		s = p.ifStmt()
	case kwFor:
		s = p.forStmt(p.start(), false)
	case kwWhile:
		s = p.whileStmt()
	case kwTry:
		s = p.tryStmt()
	case kwWith:
		s = p.withStmt(p.start(), false)
	case kwDef:
		s = p.funcDef(p.start(), false, nil)
	case kwClass:
		s = p.classDef(nil)
	case opAt:
		s = p.decorated()
	case kwAsync:
		s = p.async(nil)
	case Indent:
		p.fail("unexpected indent")
	default:
		if p.kind == Identifier && p.text() == "match" && p.isMatch() {
			s = p.matchStmt()
			break
		}
		p.simpleLine()
		return
	}
	p.stmts = append(p.stmts, s)
}

// simpleLine reads simple statements up to the end of the line onto p.stmts.
func (p *parser) simpleLine() {
	for {
		p.stmts = append(p.stmts, p.simple())
		if !p.accept(opSemicolon) || p.kind == Newline {
			break
		}
	}
	p.expect(Newline)
}

// block reads what is after the colon of a compound statement, with the colon.
func (p *parser) block() []Stmt {
	p.expect(opColon)
	mark := len(p.stmts)
	if !p.accept(Newline) {
		p.simpleLine()
		return p.cutStmts(mark)
	}
	if p.kind != Indent {
		p.fail("expected an indented block")
	}
	p.next()
	for p.kind != Dedent && p.kind != EndMarker {
		p.statement()
	}
	p.expect(Dedent)
	return p.cutStmts(mark)
}

func (p *parser) simple() Stmt {
	start := p.start()
	switch p.kind {
	case kwPass:
		p.next()
		return &Pass{p.span(start)}
	case kwBreak:
		p.next()
		return &Break{p.span(start)}
	case kwContinue:
		p.next()
		return &Continue{p.span(start)}
	case kwReturn:
		p.next()
		var value Expr
		if begins[p.kind] {
			value = p.exprList(false)
		}
		return &Return{p.span(start), value}
	case kwImport:
		p.next()
		names := []*Alias{p.alias(true)}
		for p.accept(opComma) {
			names = append(names, p.alias(true))
		}
		return &Import{p.span(start), names}
	case kwFrom:
		return p.importFrom()
	case kwRaise:
		p.next()
		var exc, cause Expr
		if begins[p.kind] {
			exc = p.expression()
			if p.accept(kwFrom) {
				cause = p.expression()
			}
		}
		return &Raise{p.span(start), exc, cause}
	case kwAssert:
		p.next()
		test := p.expression()
		var msg Expr
		if p.accept(opComma) {
			msg = p.expression()
		}
		return &Assert{p.span(start), test, msg}
	case kwDel:
		p.next()
		mark := len(p.exprs)
		for {
			target := p.primary()
			checkDelete(target)
			p.exprs = append(p.exprs, target)
			if !p.accept(opComma) || !begins[p.kind] {
				break
			}
		}
		return &Delete{p.span(start), p.cutExprs(mark)}
	case kwGlobal:
		names := p.identList()
		return &Global{p.span(start), names}
	case kwNonlocal:
		names := p.identList()
		return &Nonlocal{p.span(start), names}
	case Identifier:
		if next := p.peek(); next == Identifier && p.text() == "type" {
			return p.typeAlias()
		}
	}
	return p.assignment()
}

func (p *parser) identList() []Ident {
	p.next()
	names := []Ident{p.ident()}
	for p.accept(opComma) {
		names = append(names, p.ident())
	}
	return names
}

func (p *parser) typeAlias() Stmt {
	start := p.start()
	p.next()
	name := p.name()
	params := p.typeParams()
	p.expect(opAssign)
	value := p.expression()
	return &TypeAlias{p.span(start), name, params, value}
}

// assignment reads an assignment of any sort, or an expression alone.
func (p *parser) assignment() Stmt {
	start, bare := p.start(), p.kind == Identifier
	first := p.value()
	switch p.kind {
	case opAssign:
		mark := len(p.exprs)
		for p.kind == opAssign {
			checkTarget(first, true)
			p.exprs = append(p.exprs, first)
			p.next()
			first = p.value()
		}
		a := p.nodes.assigns.new()
		*a = Assign{p.span(start), p.cutExprs(mark), first}
		return a
	case opAugmented:
		checkSingle(first)
		written := p.text()
		p.next()
		value := p.value()
		return &AugAssign{p.span(start), first, written[:len(written)-1], value}
	case opColon:
		checkSingle(first)
		p.next()
		annotation := p.expression()
		var value Expr
		if p.accept(opAssign) {
			value = p.value()
		}
		_, name := first.(*Name)
		return &AnnAssign{p.span(start), first, annotation, value, name && bare}
	}
	e := p.nodes.exprStmts.new()
	*e = ExprStmt{p.span(start), first}
	return e
}

// dotted reads a.b.c.
func (p *parser) dotted() Ident {
	name := p.ident()
	if p.kind != opDot {
		return name
	}
	parts := []string{name.Name}
	for p.accept(opDot) {
		part := p.ident()
		parts = append(parts, part.Name)
		name.End = part.End
	}
	if name.Name = p.src[name.Start:name.End]; !isDotted(name.Name) {
		name.Name = strings.Join(parts, ".")
	}
	return name
}

// isDotted says whether a dotted name is written in ASCII without white space.
func isDotted(name string) bool {
	for i := range len(name) {
		if c := name[i]; c != '.' && class[c] != isDigit && (class[c] != isName || c >= 0x80) {
			return false
		}
	}
	return true
}

func (p *parser) alias(dotted bool) *Alias {
	a := &Alias{}
	start := p.start()
	if dotted {
		a.Name = p.dotted()
	} else {
		a.Name = p.ident()
	}
	if p.accept(kwAs) {
		a.AsName = p.ident()
	}
	a.Span = p.span(start)
	return a
}

func (p *parser) importFrom() Stmt {
	s := &ImportFrom{}
	start := p.start()
	p.next()
	for p.kind == opDot || p.kind == opEllipsis {
		if s.Level++; p.kind == opEllipsis {
			s.Level += 2
		}
		p.next()
	}
	if s.Level == 0 || p.kind != kwImport {
		s.Module = p.dotted()
	}
	p.expect(kwImport)
	switch {
	case p.kind == opStar:
		star := Ident{p.toks[p.pos].Span, "*"}
		p.next()
		s.Names = []*Alias{{Span: star.Span, Name: star}}
	case p.accept(opOpen):
		for {
			s.Names = append(s.Names, p.alias(false))
			if !p.accept(opComma) || p.kind == opClose {
				break
			}
		}
		p.expect(opClose)
	default:
		s.Names = append(s.Names, p.alias(false))
		for p.accept(opComma) {
			s.Names = append(s.Names, p.alias(false))
		}
	}
	s.Span = p.span(start)
	return s
}

package syntax

// parameters reads those of a def up to opClose, or of a lambda up to opColon; a lambda's
// have no annotations.
func (p *parser) parameters(closing TokenKind) *Arguments {
	a := &Arguments{Span: Span{p.start(), p.start()}}
	annotated := closing == opClose
	star, slash, defaults := false, false, false
	for p.kind != closing {
		switch p.kind {
		case opSlash:
			if star || slash || len(a.Args) == 0 {
				p.unexpected()
			}
			p.next()
			slash = true
			a.PosOnly, a.Args = a.Args, nil
		case opStar:
			if star {
				p.fail("* may appear only once")
			}
			star = true
			p.next()
			if p.kind == Identifier {
				a.Vararg = p.parameter(annotated, true)
			} else if p.kind != opComma || p.peek() != Identifier {
				p.fail("named parameters must follow bare *")
			}
		case opPower:
			p.next()
			a.Kwarg = p.parameter(annotated, false)
			p.accept(opComma)
			if p.kind != closing {
				p.unexpected()
			}
			a.End = p.end
			return a
		default:
			arg := p.parameter(annotated, false)
			if p.accept(opAssign) {
				arg.Default = p.expression()
				defaults = true
			} else if defaults && !star {
				fail(int(arg.Start), "parameter without a default follows parameter with a default")
			}
			if star {
				a.KwOnly = append(a.KwOnly, arg)
			} else {
				a.Args = append(a.Args, arg)
			}
		}
		if !p.accept(opComma) {
			break
		}
	}
	if p.end > a.Start {
		a.End = p.end
	}
	return a
}

// parameter reads a name with its annotation, which of *args may be *Ts.
func (p *parser) parameter(annotated, star bool) *Arg {
	start := p.start()
	arg := p.nodes.args.new()
	arg.Name = p.ident()
	if annotated && p.accept(opColon) {
		if star && p.kind == opStar {
			arg.Annotation = p.starred(precBitOr)
		} else {
			arg.Annotation = p.expression()
		}
	}
	arg.Span = p.span(start)
	return arg
}

// typeParams reads what is in square brackets after the name of a def, class or type.
func (p *parser) typeParams() []*TypeParam {
	if !p.accept(opOpenSquare) {
		return nil
	}
	var list []*TypeParam
	for {
		start := p.start()
		t := &TypeParam{}
		switch p.kind {
		case opStar:
			t.Stars = 1
			p.next()
		case opPower:
			t.Stars = 2
			p.next()
		}
		t.Name = p.ident()
		if t.Stars == 0 && p.accept(opColon) {
			t.Bound = p.expression()
		}
		if p.accept(opAssign) {
			if t.Stars == 1 {
				t.Default = p.item(false)
			} else {
				t.Default = p.expression()
			}
		}
		t.Span = p.span(start)
		list = append(list, t)
		if !p.accept(opComma) || p.kind == opCloseSquare {
			break
		}
	}
	p.expect(opCloseSquare)
	return list
}

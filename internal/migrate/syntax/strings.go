package syntax

import "strings"

// literal reads one literal that is no f-string.
func (p *parser) literal() (literal Literal, value string, isBytes bool) {
	t := p.toks[p.pos]
	p.next()
	written := p.src[t.Start:t.End]
	literal.Span = t.Span
	prefix := 0
	for ; class[written[prefix]] != isQuote; prefix++ {
		switch written[prefix] | 0x20 {
		case 'r':
			literal.Raw = true
		case 'b':
			isBytes = true
		}
	}
	quotes := 1
	if len(written) >= prefix+6 && written[prefix+1] == written[prefix] && written[prefix+2] == written[prefix] {
		quotes = 3
	}
	literal.Open, literal.Close = int32(prefix+quotes), int32(quotes)
	content := written[prefix+quotes : len(written)-quotes]
	how := text{raw: literal.Raw, bytes: isBytes, utf8: p.utf8}
	return literal, how.value(content, int(t.Start)+prefix+quotes), isBytes
}

// strings reads one or several literals, f-strings among them.
func (p *parser) strings() Expr {
	start := p.start()
	if p.kind == StringLiteral {
		literal, value, isBytes := p.literal()
		c := p.nodes.constants.new()
		c.Value = value
		if isBytes {
			c.Kind = Bytes
		}
		if p.kind != StringLiteral && p.kind != FStringStart {
			c.Pieces = p.nodes.literals.copy([]Literal{literal})
		} else {
			c.Pieces = []Literal{literal}
			p.moreLiterals(c)
		}
		c.Span = p.span(start)
		if p.kind != FStringStart {
			return c
		}
		return p.joined(start, c)
	}
	return p.joined(start, nil)
}

// moreLiterals appends the literals that follow to c.
func (p *parser) moreLiterals(c *Constant) {
	var all strings.Builder
	all.WriteString(c.Value)
	for p.kind == StringLiteral {
		at := p.start()
		literal, value, isBytes := p.literal()
		if isBytes != (c.Kind == Bytes) {
			fail(int(at), "cannot mix bytes and nonbytes literals")
		}
		all.WriteString(value)
		c.Pieces = append(c.Pieces, literal)
	}
	c.Value = all.String()
}

// joined reads f-strings or t-strings and the literals between them; first are those before.
func (p *parser) joined(start int32, first *Constant) Expr {
	j := &JoinedStr{Template: p.template()}
	v := values{p: p, mark: len(p.exprs)}
	if first != nil {
		p.mixable(j, start, first.Kind == Bytes)
		v.text(first.Span, first.Value, first.Pieces...)
	}
	for {
		at := p.start()
		switch p.kind {
		case StringLiteral:
			literal, value, isBytes := p.literal()
			p.mixable(j, at, isBytes)
			v.text(literal.Span, value, literal)
		case FStringStart:
			if p.template() != j.Template {
				fail(int(at), "cannot mix t-strings with other literals")
			}
			raw := strings.ContainsAny(p.text(), "rR")
			p.next()
			v.parts(raw)
			p.expect(FStringEnd)
		default:
			j.Span = p.span(start)
			j.Values = v.cut()
			return j
		}
	}
}

func (p *parser) mixable(j *JoinedStr, start int32, isBytes bool) {
	if isBytes {
		fail(int(start), "cannot mix bytes and nonbytes literals")
	}
	if j.Template {
		fail(int(start), "cannot mix t-strings with other literals")
	}
}

// template says whether the f-string that begins here is a t-string.
func (p *parser) template() bool { return strings.ContainsAny(p.text(), "tT") }

// values are those of a JoinedStr under construction, on p.exprs from mark on.
type values struct {
	p       *parser
	mark    int
	last    *Constant // text that is to come next, or nil
	written []string  // the parts of its Value
}

// text appends text, which with the text before it is one Constant.
func (v *values) text(span Span, value string, pieces ...Literal) {
	if value == "" {
		return
	}
	if v.last == nil {
		v.last = v.p.nodes.constants.new()
		v.last.Span = span
	}
	v.last.End = span.End
	v.last.Pieces = append(v.last.Pieces, pieces...)
	v.written = append(v.written, value)
}

func (v *values) flush() {
	if v.last == nil {
		return
	}
	if v.last.Value = v.written[0]; len(v.written) > 1 {
		v.last.Value = strings.Join(v.written, "")
	}
	v.p.exprs = append(v.p.exprs, v.last)
	v.last, v.written = nil, v.written[:0]
}

func (v *values) cut() []Expr {
	v.flush()
	return v.p.cutExprs(v.mark)
}

// parts reads the text and the fields of an f-string or of a format spec.
func (v *values) parts(raw bool) {
	p := v.p
	for {
		switch p.kind {
		case FStringMiddle:
			t := p.toks[p.pos]
			p.next()
			how := text{raw: raw, format: true, utf8: p.utf8}
			v.text(t.Span, how.value(p.src[t.Start:t.End], int(t.Start)), Literal{Span: t.Span, Raw: raw})
		case opOpenBrace:
			v.field(raw)
		default:
			return
		}
	}
}

// field reads a replacement field; {x=} also is text.
func (v *values) field(raw bool) {
	p := v.p
	p.enter()
	defer p.leave()
	start, first := p.start(), p.pos
	p.next()
	f := &FormattedValue{Value: p.value()}
	if p.accept(opAssign) {
		span := Span{start + 1, p.start()}
		v.text(span, text{raw: true, utf8: p.utf8}.value(p.uncommented(first), int(span.Start)))
		f.Conversion = 'r'
		if p.kind == opColon {
			f.Conversion = 0
		}
	}
	if p.accept(opBang) {
		conversion := p.ident()
		f.Conversion = conversion.Name[0]
		if len(conversion.Name) != 1 || !strings.Contains("sra", conversion.Name) || p.src[conversion.Start-1] != '!' {
			fail(int(conversion.Start), "f-string: invalid conversion character: expected 's', 'r', or 'a'")
		}
	}
	v.flush()
	if p.kind == opColon {
		colon := p.start()
		p.next()
		spec := values{p: p, mark: len(p.exprs)}
		spec.parts(raw)
		f.FormatSpec = &JoinedStr{Span: p.span(colon), Values: spec.cut()}
	}
	p.expect(opCloseBrace)
	f.Span = p.span(start)
	p.exprs = append(p.exprs, f)
}

// uncommented is what is written between the token first and this one, without comments.
func (p *parser) uncommented(first int) string {
	written := p.src[p.toks[first].End:p.toks[p.pos].Start]
	if !strings.Contains(written, "#") {
		return written
	}
	var b strings.Builder
	for i := first; i < p.pos; i++ {
		if i > first {
			b.WriteString(p.src[p.toks[i].Start:p.toks[i].End])
		}
		gap := p.src[p.toks[i].End:p.toks[i+1].Start]
		for {
			before, comment, found := strings.Cut(gap, "#")
			b.WriteString(before)
			if !found {
				break
			}
			gap = comment[len(comment)-len(strings.TrimLeftFunc(comment, func(r rune) bool { return r != '\n' && r != '\r' })):]
		}
	}
	return b.String()
}

package query

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Parse reads a search. The empty search matches every span. The error is
// always an *Error.
func Parse(s string) (Expr, error) {
	if len(s) > MaxLength {
		return nil, &Error{Message: fmt.Sprintf("it is %d bytes long; shorten it to %d", len(s), MaxLength)}
	}
	if !utf8.ValidString(s) {
		return nil, &Error{Message: "it is not valid UTF-8; type it again"}
	}
	p := &parser{in: s}
	p.space()
	if p.done() {
		return And{}, nil
	}
	e, err := p.or(p.term)
	if err != nil {
		return nil, err
	}
	if !p.done() { // only a ) stops the parser early
		return nil, p.errorAt(p.pos, p.pos+1, "this parenthesis closes nothing; remove it or put it in quotes")
	}
	return e, nil
}

type parser struct {
	in    string
	pos   int
	depth int
	terms int
}

func (p *parser) done() bool { return p.pos >= len(p.in) }

func (p *parser) peek() byte {
	if p.done() {
		return 0
	}
	return p.in[p.pos]
}

func (p *parser) space() {
	for !p.done() && isSpace(p.in[p.pos]) {
		p.pos++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (p *parser) errorAt(from, to int, format string, args ...any) error {
	return &Error{Term: p.in[from:min(to, len(p.in))], Offset: from, Message: fmt.Sprintf(format, args...)}
}

// keyword consumes an operator that stands alone.
func (p *parser) keyword(word string) bool {
	rest := p.in[p.pos:]
	if !strings.HasPrefix(rest, word) {
		return false
	}
	if len(rest) > len(word) && !isSpace(rest[len(word)]) && rest[len(word)] != '(' && rest[len(word)] != ')' {
		return false
	}
	p.pos += len(word)
	p.space()
	return true
}

// or reads alternatives whose leaves are read by leaf: terms, or the values of
// one field.
func (p *parser) or(leaf func() (Expr, error)) (Expr, error) {
	var out Or
	for {
		e, err := p.and(leaf)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if !p.keyword("OR") {
			break
		}
	}
	if len(out) == 1 {
		return out[0], nil
	}
	return out, nil
}

func (p *parser) and(leaf func() (Expr, error)) (Expr, error) {
	var out And
	for {
		e, err := p.unary(leaf)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		p.space()
		if p.keyword("AND") {
			continue
		}
		if p.done() || p.peek() == ')' {
			break
		}
		if at := p.pos; p.keyword("OR") {
			p.pos = at
			break
		}
	}
	if len(out) == 1 {
		return out[0], nil
	}
	return out, nil
}

func (p *parser) unary(leaf func() (Expr, error)) (Expr, error) {
	at := p.pos
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > MaxDepth {
		return nil, p.errorAt(at, at+1, "parentheses and negations nest deeper than %d; simplify the search", MaxDepth)
	}
	for _, op := range []string{"AND", "OR"} {
		if p.keyword(op) {
			return nil, p.errorAt(at, at+len(op), "a term is missing before it; write one, or put the word in quotes")
		}
	}
	switch {
	case p.done():
		return nil, p.errorAt(at, at, "a term is missing at the end; write one or remove the last operator")
	case p.keyword("NOT"):
		x, err := p.unary(leaf)
		return negate(x), err
	case p.peek() == '-':
		p.pos++
		if p.done() || isSpace(p.peek()) {
			return nil, p.errorAt(at, p.pos, "nothing is negated; write the minus directly before a term, or put it in quotes")
		}
		x, err := p.unary(leaf)
		return negate(x), err
	case p.peek() == ')':
		return nil, p.errorAt(at, at+1, "a term is missing before it; write one or remove the parentheses")
	case p.peek() == '(':
		p.pos++
		p.space()
		x, err := p.or(leaf)
		if err != nil {
			return nil, err
		}
		if p.peek() != ')' {
			return nil, p.errorAt(at, at+1, "this parenthesis is never closed; add a )")
		}
		p.pos++
		return x, nil
	}
	if p.terms++; p.terms > MaxTerms {
		return nil, p.errorAt(at, at+1, "more than %d terms; simplify the search", MaxTerms)
	}
	return leaf()
}

func negate(x Expr) Expr {
	if x == nil {
		return nil
	}
	return Not{x}
}

// term reads key:value, a word or a quoted phrase.
func (p *parser) term() (Expr, error) {
	at := p.pos
	if p.peek() == '"' {
		phrase, err := p.quoted()
		if err != nil {
			return nil, err
		}
		if p.peek() == ':' {
			return nil, p.errorAt(at, p.pos+1, "a key cannot be quoted; write it bare and escape with \\ what is special in it")
		}
		return p.text(phrase, at)
	}
	w, err := p.word(true)
	if err != nil {
		return nil, err
	}
	if p.peek() == ':' {
		p.pos++
		if w.literal == "" || w.literal == "@" {
			return nil, p.errorAt(at, p.pos, "a key is missing before the colon; write key:value, or put it in quotes")
		}
		if w.glob {
			return nil, p.errorAt(at, p.pos, "a key cannot hold wildcards; name one key, or search its values with *")
		}
		return p.value(at, ParseField(w.literal))
	}
	if w.glob {
		bare := strings.Trim(w.literal, "*")
		if bare == "" {
			if strings.Trim(p.in[at:p.pos], "*") == "" {
				return And{}, nil
			}
			bare = w.literal
		}
		if strings.ContainsRune(bare, '*') {
			return nil, p.errorAt(at, p.pos, "free text has no wildcards inside; write resource:*a*b* or two words")
		}
		return p.text(bare, at)
	}
	return p.text(w.literal, at)
}

func (p *parser) text(s string, at int) (Expr, error) {
	if s == "" {
		return nil, p.errorAt(at, p.pos, "empty text matches everything; write a word or remove it")
	}
	return Text(s), nil
}

// value reads what follows the colon of a field.
func (p *parser) value(at int, f Field) (Expr, error) {
	switch p.peek() {
	case '(':
		open := p.pos
		p.pos++
		p.space()
		p.depth++
		defer func() { p.depth-- }()
		first := true
		e, err := p.or(func() (Expr, error) {
			// Values side by side would have to hold at once, which no field can.
			if !first && !p.afterOperator() {
				return nil, p.errorAt(p.pos, p.pos+1, "two values side by side; write OR between them, or put them in quotes")
			}
			first = false
			return p.simple(p.pos, f)
		})
		if err != nil {
			return nil, err
		}
		if p.peek() != ')' {
			return nil, p.errorAt(open, open+1, "this list is never closed; add a )")
		}
		p.pos++
		return e, nil
	default:
		return p.simple(at, f)
	}
}

// afterOperator tells whether the value at the position follows an operator, a
// minus or a parenthesis.
func (p *parser) afterOperator() bool {
	before := strings.TrimRight(p.in[:p.pos], " \t\r\n")
	for _, op := range []string{"OR", "AND", "NOT", "-", "("} {
		if strings.HasSuffix(before, op) {
			return true
		}
	}
	return false
}

// simple reads one value, comparison or range.
func (p *parser) simple(at int, f Field) (Expr, error) {
	switch c := p.peek(); c {
	case '"':
		s, err := p.quoted()
		if err != nil {
			return nil, err
		}
		return p.equal(at, f, word{literal: s})
	case '[', '{':
		return p.interval(at, f)
	case '<', '>':
		p.pos++
		op := Lt
		if c == '>' {
			op = Gt
		}
		if p.peek() == '=' {
			p.pos++
			op++ // Le, Ge
		}
		return p.bound(at, f, op)
	}
	w, err := p.word(false)
	if err != nil {
		return nil, err
	}
	if w.literal == "" {
		return nil, p.errorAt(at, p.pos, "a value is missing after the colon; write one, or * for any")
	}
	return p.equal(at, f, w)
}

// interval reads [a TO b], with { } for open ends and * for none.
func (p *parser) interval(at int, f Field) (Expr, error) {
	// It stands for two terms in parentheses, and is printed as such.
	if p.terms++; p.depth >= MaxDepth || p.terms > MaxTerms {
		return nil, p.errorAt(at, p.pos+1, "the search nests deeper than %d or has more than %d terms; simplify it", MaxDepth, MaxTerms)
	}
	lower, upper := Ge, Le
	if p.peek() == '{' {
		lower = Gt
	}
	p.pos++
	end := strings.IndexAny(p.in[p.pos:], "]}")
	if end < 0 {
		return nil, p.errorAt(at, len(p.in), "this range is never closed; write [low TO high]")
	}
	body := p.in[p.pos : p.pos+end]
	p.pos += end
	if p.peek() == '}' {
		upper = Lt
	}
	p.pos++
	low, high, ok := strings.Cut(body, " TO ")
	low, high = strings.TrimSpace(low), strings.TrimSpace(high)
	if !ok || low == "" || high == "" {
		return nil, p.errorAt(at, p.pos, "a range is written [low TO high]; * leaves an end open")
	}
	var out And
	for _, b := range []struct {
		text string
		op   Op
	}{{low, lower}, {high, upper}} {
		if b.text == "*" {
			continue
		}
		n, err := p.number(at, f, strings.Trim(b.text, `"`))
		if err != nil {
			return nil, err
		}
		out = append(out, Compare{Field: f, Op: b.op, Number: n, IsNumber: true})
	}
	switch len(out) {
	case 0:
		return Compare{Field: f, Op: Exists}, nil
	case 1:
		return out[0], nil
	}
	return out, nil
}

func (p *parser) bound(at int, f Field, op Op) (Expr, error) {
	var text string
	if p.peek() == '"' {
		s, err := p.quoted()
		if err != nil {
			return nil, err
		}
		text = s
	} else {
		w, err := p.word(false)
		if err != nil {
			return nil, err
		}
		text = w.literal
	}
	n, err := p.number(at, f, text)
	if err != nil {
		return nil, err
	}
	return Compare{Field: f, Op: op, Number: n, IsNumber: true}, nil
}

// number reads the bound of a comparison in the unit of the field.
func (p *parser) number(at int, f Field, s string) (float64, error) {
	if f.Tag {
		if n, ok := ParseNumber(s); ok {
			return n, nil
		}
		return 0, p.errorAt(at, p.pos, "%q is not a number; write one, as in @http.status_code:>=500", s)
	}
	switch kind, _ := intrinsicKind(f.Name); kind {
	case kindDuration:
		if n, ok := parseDuration(s); ok {
			return n, nil
		}
		return 0, p.errorAt(at, p.pos, "%q is not a duration; write a number with ns, us, ms, s, m, h or d, as in duration:>20ms", s)
	case kindTime:
		if n, ok := parseTime(s); ok {
			return n, nil
		}
		return 0, p.errorAt(at, p.pos, "%q is not a time; write it as in start:>\"2026-01-02T15:04:05Z\"", s)
	}
	return 0, p.errorAt(at, p.pos, "%s has no order; compare it with a value, as in %s:value", f.Name, f.Name)
}

// equal makes the term of one value.
func (p *parser) equal(at int, f Field, w word) (Expr, error) {
	if w.glob && strings.Trim(w.pattern, "*") == "" {
		return Compare{Field: f, Op: Exists}, nil
	}
	c := Compare{Field: f, Value: w.literal}
	if w.glob {
		c.Op, c.Value = Glob, w.pattern
	}
	if f.Tag {
		if !w.glob {
			c.Number, c.IsNumber = ParseNumber(w.literal)
		}
		return c, nil
	}
	kind, _ := intrinsicKind(f.Name)
	ok := true
	switch kind {
	case kindStatus:
		if c.Value = strings.ToLower(c.Value); !w.glob && c.Value != "ok" && c.Value != "error" {
			return nil, p.errorAt(at, p.pos, "a status is ok or error; write status:error, or @http.status_code:%s for an HTTP status", w.literal)
		}
	case kindDuration, kindTime:
		if w.glob {
			return nil, p.errorAt(at, p.pos, "%s is a number and has no wildcards; write a range, as in duration:>20ms", f.Name)
		}
		n, err := p.number(at, f, w.literal)
		if err != nil {
			return nil, err
		}
		c.Value, c.Number, c.IsNumber = FormatNumber(n), n, true
	case kindTraceID:
		if !w.glob {
			c.Value, ok = parseTraceID(w.literal)
		}
	case kindSpanID:
		if !w.glob {
			c.Value, ok = parseSpanID(w.literal)
		}
	}
	if !ok {
		return nil, p.errorAt(at, p.pos, "%q is not an id; write its hex digits or its decimal number", w.literal)
	}
	return c, nil
}

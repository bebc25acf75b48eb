package syntax

import "golang.org/x/text/unicode/norm"

// Parse reads a whole file. The error is an *Error.
func Parse(text []byte) (module *Module, err error) {
	defer catch(&err)
	src, start, isUTF8 := decode(text)
	l := lexer{src: src, pos: start, utf8: isUTF8, toks: make([]Token, 0, len(src)/5+8)}
	l.run()
	p := parser{src: src, toks: l.toks, utf8: isUTF8}
	p.kind = p.toks[0].Kind
	return p.module(), nil
}

// Tokens returns the words of a whole file, comments and ends of lines included. The error is
// an *Error; the tokens before it are returned with it.
func Tokens(text []byte) (tokens []Token, err error) {
	l := lexer{trivia: true}
	defer func() { tokens = l.toks }()
	defer catch(&err)
	l.src, l.pos, l.utf8 = decode(text)
	l.toks = make([]Token, 0, len(text)/5+8)
	l.run()
	return l.toks, nil
}

// catch turns the panic of fail into an error.
func catch(err *error) {
	switch reason := recover().(type) {
	case nil:
	case *Error:
		*err = reason
	default:
		panic(reason)
	}
}

// Bounds on the depth of the tree, so that nobody who walks it runs out of stack. CPython's
// are not above them.
const (
	maxDepth = 8_000
	// A chain such as a + b + c or a.b.c is as deep as it is long. Its links after the first
	// few count for the whole statement.
	freeLinks = 100
	maxLinks  = 50_000
)

// parser is a recursive descent over the tokens. It panics with an *Error.
type parser struct {
	src   string
	toks  []Token
	utf8  bool
	pos   int
	kind  TokenKind // of the token at pos
	end   int32     // of the last token that is part of a node
	depth int
	links int

	// Lists under construction, of all the nodes that are open.
	exprs []Expr
	stmts []Stmt

	nodes slabs
}

// next moves on to the next token.
func (p *parser) next() {
	if p.kind > Dedent {
		p.end = p.toks[p.pos].End
	}
	p.pos++
	p.kind = p.toks[p.pos].Kind
}

func (p *parser) start() int32 { return p.toks[p.pos].Start }

// peek is the kind of the token after this one.
func (p *parser) peek() TokenKind {
	if p.kind == EndMarker {
		return EndMarker
	}
	return p.toks[p.pos+1].Kind
}

// text is what is written for the token at pos.
func (p *parser) text() string {
	t := p.toks[p.pos]
	return p.src[t.Start:t.End]
}

// span is from start to the end of the last token.
func (p *parser) span(start int32) Span { return Span{start, p.end} }

func (p *parser) fail(message string) { fail(int(p.start()), message) }

func (p *parser) unexpected() { p.fail("invalid syntax") }

func (p *parser) expect(kind TokenKind) {
	if p.kind != kind {
		p.unexpected()
	}
	p.next()
}

// accept moves on if the token is of that kind.
func (p *parser) accept(kind TokenKind) bool {
	if p.kind != kind {
		return false
	}
	p.next()
	return true
}

func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		p.fail("too many nested parts")
	}
}

func (p *parser) leave() { p.depth-- }

// link counts the links of a chain.
func (p *parser) link(count *int) {
	if *count++; *count > freeLinks {
		if p.links++; p.links > maxLinks {
			p.fail("too many operators in one statement")
		}
	}
}

// ident reads a name.
func (p *parser) ident() Ident {
	if p.kind != Identifier {
		p.unexpected()
	}
	t := p.toks[p.pos]
	p.next()
	return Ident{t.Span, p.word(t)}
}

// word is the name of an identifier. Python compares names in their normal form NFKC.
func (p *parser) word(t Token) string {
	word := p.src[t.Start:t.End]
	if isASCII(word) {
		return word
	}
	return norm.NFKC.String(text{utf8: p.utf8}.value(word, 0))
}

func (p *parser) module() *Module {
	mark := len(p.stmts)
	for p.kind != EndMarker {
		p.statement()
	}
	return &Module{Span{0, int32(len(p.src))}, p.cutStmts(mark)}
}

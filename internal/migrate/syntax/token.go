package syntax

// Error is the reason that a text is no Python, at a byte offset.
type Error struct {
	Offset  int
	Message string
}

func (e *Error) Error() string { return e.Message }

// Token is a word of the text.
type Token struct {
	Span
	Kind TokenKind
}

// TokenKind is what a token is: one of the kinds below, or one keyword or operator of its own.
type TokenKind uint8

// The kinds of tokens other than keywords and operators.
const (
	EndMarker     TokenKind = iota
	Newline                 // ends a logical line
	BlankNewline            // any other end of a line: after a comment, within brackets
	Indent                  // the white space that begins a block
	Dedent                  // empty
	Comment                 // from "#" to the end of the line
	Identifier              // also match, case, type and _
	NumberLiteral           // of any type
	StringLiteral           // str or bytes with prefix and quotes
	FStringStart            // prefix and quotes of an f-string or t-string
	FStringMiddle           // text between quotes and fields; an f-string's fields are tokens too
	FStringEnd              // the closing quotes
	firstKeyword // keywords and operators follow
)

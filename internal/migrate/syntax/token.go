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
)

// Keywords, then operators.
const (
	kwFalse TokenKind = iota + 32
	kwNone
	kwTrue
	kwAnd
	kwAs
	kwAssert
	kwAsync
	kwAwait
	kwBreak
	kwClass
	kwContinue
	kwDef
	kwDel
	kwElif
	kwElse
	kwExcept
	kwFinally
	kwFor
	kwFrom
	kwGlobal
	kwIf
	kwImport
	kwIn
	kwIs
	kwLambda
	kwNonlocal
	kwNot
	kwOr
	kwPass
	kwRaise
	kwReturn
	kwTry
	kwWhile
	kwWith
	kwYield

	opOpen // (
	opClose
	opOpenSquare
	opCloseSquare
	opOpenBrace
	opCloseBrace
	opComma
	opColon
	opDot
	opSemicolon
	opAt
	opAssign // =
	opArrow
	opPlus
	opMinus
	opStar
	opSlash
	opFloor // //
	opPercent
	opPower
	opAnd
	opOr
	opXor
	opLeft // <<
	opRight
	opTilde
	opLess
	opGreater
	opLessEqual
	opGreaterEqual
	opEqual
	opNotEqual
	opWalrus
	opEllipsis
	opBang      // ! of an f-string's conversion
	opAugmented // +=, //=, ...
)

// Keyword says whether the token is a hard keyword, which no name can be.
func (k TokenKind) Keyword() bool { return k >= kwFalse && k <= kwYield }

// Operator says whether the token is an operator, a bracket or a delimiter.
func (k TokenKind) Operator() bool { return k >= opOpen }

// wordKind tells keywords from names.
func wordKind(word string) TokenKind {
	if len(word) < 2 || len(word) > 8 {
		return Identifier
	}
	switch word {
	case "False":
		return kwFalse
	case "None":
		return kwNone
	case "True":
		return kwTrue
	case "and":
		return kwAnd
	case "as":
		return kwAs
	case "assert":
		return kwAssert
	case "async":
		return kwAsync
	case "await":
		return kwAwait
	case "break":
		return kwBreak
	case "class":
		return kwClass
	case "continue":
		return kwContinue
	case "def":
		return kwDef
	case "del":
		return kwDel
	case "elif":
		return kwElif
	case "else":
		return kwElse
	case "except":
		return kwExcept
	case "finally":
		return kwFinally
	case "for":
		return kwFor
	case "from":
		return kwFrom
	case "global":
		return kwGlobal
	case "if":
		return kwIf
	case "import":
		return kwImport
	case "in":
		return kwIn
	case "is":
		return kwIs
	case "lambda":
		return kwLambda
	case "nonlocal":
		return kwNonlocal
	case "not":
		return kwNot
	case "or":
		return kwOr
	case "pass":
		return kwPass
	case "raise":
		return kwRaise
	case "return":
		return kwReturn
	case "try":
		return kwTry
	case "while":
		return kwWhile
	case "with":
		return kwWith
	case "yield":
		return kwYield
	}
	return Identifier
}

// operatorText has the operators of BinOp, UnaryOp and Compare.
var operatorText = [256]string{
	opPlus: "+", opMinus: "-", opStar: "*", opSlash: "/", opFloor: "//", opPercent: "%", opPower: "**",
	opAt: "@", opAnd: "&", opOr: "|", opXor: "^", opLeft: "<<", opRight: ">>", opTilde: "~",
	opLess: "<", opGreater: ">", opLessEqual: "<=", opGreaterEqual: ">=", opEqual: "==", opNotEqual: "!=",
	kwAnd: "and", kwOr: "or", kwIn: "in", kwIs: "is", kwNot: "not",
}

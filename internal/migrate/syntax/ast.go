// Package syntax reads Python, of every version from 3.9 to 3.14, into a syntax tree.
//
// The tree has the nodes, fields and positions of CPython's ast module; a position is a
// byte offset into the file. Nothing is evaluated and no input makes it panic.
package syntax

// Span is the bytes Start to End of a file.
type Span struct{ Start, End int32 }

// Range gives the offsets; every node has it.
func (s Span) Range() (start, end int) { return int(s.Start), int(s.End) }

// Node is any part of the tree.
type Node interface{ Range() (start, end int) }

// Expr is an expression; the types below "Expressions".
type Expr interface {
	Node
	expr()
}

// Stmt is a statement; the types below "Statements".
type Stmt interface {
	Node
	stmt()
}

// Pattern is a pattern of a match statement.
type Pattern interface {
	Node
	pattern()
}

// Ident is a name where it is written, for instance an attribute's or a keyword's.
type Ident struct {
	Span
	Name string
}

// Module is a whole file.
type Module struct {
	Span
	Body []Stmt
}

// Statements.
type (
	// FunctionDef and ClassDef begin after their decorators.
	FunctionDef struct {
		Span
		Async      bool
		Name       Ident
		TypeParams []*TypeParam
		Args       *Arguments
		Returns    Expr // or nil
		Body       []Stmt
		Decorators []Expr
	}
	ClassDef struct {
		Span
		Name       Ident
		TypeParams []*TypeParam
		Bases      []Expr
		Keywords   []*Keyword
		Body       []Stmt
		Decorators []Expr
	}
	Return struct {
		Span
		Value Expr // or nil
	}
	Delete struct {
		Span
		Targets []Expr
	}
	Assign struct {
		Span
		Targets []Expr
		Value   Expr
	}
	TypeAlias struct {
		Span
		Name       *Name
		TypeParams []*TypeParam
		Value      Expr
	}
	AugAssign struct {
		Span
		Target Expr
		Op     string // "+", "//", ...
		Value  Expr
	}
	AnnAssign struct {
		Span
		Target     Expr
		Annotation Expr
		Value      Expr // or nil
		Simple     bool
	}
	For struct {
		Span
		Async        bool
		Target, Iter Expr
		Body, Orelse []Stmt
	}
	While struct {
		Span
		Test         Expr
		Body, Orelse []Stmt
	}
	If struct {
		Span
		Test         Expr
		Body, Orelse []Stmt // an elif is an If alone in Orelse
	}
	With struct {
		Span
		Async bool
		Items []*WithItem
		Body  []Stmt
	}
	Match struct {
		Span
		Subject Expr
		Cases   []*MatchCase
	}
	Raise struct {
		Span
		Exc, Cause Expr // or nil
	}
	Try struct {
		Span
		Star     bool
		Body     []Stmt
		Handlers []*ExceptHandler
		Orelse   []Stmt
		Final    []Stmt
	}
	Assert struct {
		Span
		Test, Msg Expr // Msg or nil
	}
	Import struct {
		Span
		Names []*Alias
	}
	ImportFrom struct {
		Span
		Module Ident // Name "" in `from . import x`
		Level  int   // leading dots
		Names  []*Alias
	}
	Global struct {
		Span
		Names []Ident
	}
	Nonlocal struct {
		Span
		Names []Ident
	}
	ExprStmt struct {
		Span
		Value Expr
	}
	Pass     struct{ Span }
	Break    struct{ Span }
	Continue struct{ Span }
)

// Expressions.
type (
	BoolOp struct {
		Span
		Op     string // "and", "or"
		Values []Expr
	}
	NamedExpr struct {
		Span
		Target *Name
		Value  Expr
	}
	BinOp struct {
		Span
		Left  Expr
		Op    string
		Right Expr
	}
	UnaryOp struct {
		Span
		Op      string // "not", "-", "+", "~"
		Operand Expr
	}
	Lambda struct {
		Span
		Args *Arguments
		Body Expr
	}
	IfExp struct {
		Span
		Test, Body, Orelse Expr
	}
	Dict struct {
		Span
		Keys   []Expr // nil where a ** is unpacked
		Values []Expr
	}
	Set struct {
		Span
		Elts []Expr
	}
	ListComp struct {
		Span
		Elt        Expr
		Generators []*Comprehension
	}
	SetComp struct {
		Span
		Elt        Expr
		Generators []*Comprehension
	}
	DictComp struct {
		Span
		Key, Value Expr
		Generators []*Comprehension
	}
	GeneratorExp struct {
		Span
		Elt        Expr
		Generators []*Comprehension
	}
	Await struct {
		Span
		Value Expr
	}
	Yield struct {
		Span
		Value Expr // or nil
	}
	YieldFrom struct {
		Span
		Value Expr
	}
	Compare struct {
		Span
		Left        Expr
		Ops         []string // "==", "not in", "is", ...
		Comparators []Expr
	}
	Call struct {
		Span
		Func     Expr
		Args     []Expr // positional, *x as Starred; in the order of the source
		Keywords []*Keyword
		Open     int32 // offset of "("
		Close    int32 // offset of ")"
	}
	// JoinedStr is an f-string, or several literals of which one is; TemplateStr of 3.14 has Template set.
	JoinedStr struct {
		Span
		Template bool
		Values   []Expr // *Constant and *FormattedValue
	}
	FormattedValue struct {
		Span
		Value      Expr
		Conversion byte       // 's', 'r', 'a' or 0
		FormatSpec *JoinedStr // or nil
	}
	Constant struct {
		Span
		Kind ConstantKind
		// Value is the text of a Str without its escapes, the bytes of Bytes, else what is written.
		// A \N{name} stays as it is, a lone surrogate is encoded as if it were a character.
		Value string
		// Pieces are the literals that a Str or Bytes is written as; more than one if joined, none
		// for the text "x=" of an f-string's {x=}.
		Pieces []Literal
	}
	Attribute struct {
		Span
		Value Expr
		Attr  Ident
	}
	Subscript struct {
		Span
		Value, Index Expr
	}
	Starred struct {
		Span
		Value Expr
	}
	Name struct {
		Span
		ID string
	}
	List struct {
		Span
		Elts []Expr
	}
	Tuple struct {
		Span
		Elts []Expr
	}
	Slice struct {
		Span
		Lower, Upper, Step Expr // or nil
	}
)

// ConstantKind is the type of a Constant.
type ConstantKind uint8

// The kinds of constants.
const (
	Str ConstantKind = iota
	Bytes
	Number
	True
	False
	None
	Ellipsis
)

// Literal is one string literal as it is written. Its content lies between the quotes:
// Start+Open to End-Close.
type Literal struct {
	Span
	Open, Close int32 // length of prefix with opening quotes, and of closing quotes
	Raw         bool
}

// Parts of statements and expressions.
type (
	Comprehension struct {
		Span
		Async        bool
		Target, Iter Expr
		Ifs          []Expr
	}
	ExceptHandler struct {
		Span
		Type Expr  // or nil
		Name Ident // Name "" without `as`
		Body []Stmt
	}
	Arguments struct {
		Span
		PosOnly, Args []*Arg
		Vararg        *Arg // or nil
		KwOnly        []*Arg
		Kwarg         *Arg // or nil
	}
	Arg struct {
		Span
		Name       Ident
		Annotation Expr // or nil
		Default    Expr // or nil; it is after the Span
	}
	Keyword struct {
		Span
		Name  Ident // Name "" for **value
		Value Expr
	}
	// Alias is a name of an import statement, with dots in an Import; "*" for all.
	Alias struct {
		Span
		Name   Ident
		AsName Ident // Name "" without `as`
	}
	WithItem struct {
		Span
		Context Expr
		Vars    Expr // or nil
	}
	MatchCase struct {
		Span
		Pattern Pattern
		Guard   Expr // or nil
		Body    []Stmt
	}
	TypeParam struct {
		Span
		Name    Ident
		Stars   int  // 1 for *Ts, 2 for **P
		Bound   Expr // or nil
		Default Expr // or nil
	}
)

// Patterns.
type (
	MatchValue struct {
		Span
		Value Expr
	}
	MatchSingleton struct {
		Span
		Value *Constant
	}
	MatchSequence struct {
		Span
		Patterns []Pattern
	}
	MatchMapping struct {
		Span
		Keys     []Expr
		Patterns []Pattern
		Rest     Ident // Name "" without **rest
	}
	MatchClass struct {
		Span
		Cls         Expr
		Patterns    []Pattern
		KwdAttrs    []Ident
		KwdPatterns []Pattern
	}
	MatchStar struct {
		Span
		Name Ident // Name "" for *_
	}
	MatchAs struct {
		Span
		Pattern Pattern // or nil
		Name    Ident   // Name "" for _
	}
	MatchOr struct {
		Span
		Patterns []Pattern
	}
)

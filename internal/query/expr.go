// Package query is the search language: text -> syntax tree. A store compiles
// the tree to its own scan; Match is the reference meaning of every node.
//
// The language is the one Datadog users type into a trace search:
//
//	service:checkout status:error @user.tier:trade duration:>20ms -@db.name:a* "free text"
//
// Terms side by side are ANDed; AND, OR, NOT, a leading -, and parentheses work.
package query

// Field names what a term looks at.
type Field struct {
	// Name is an intrinsic (service, name, resource, type, status, kind,
	// duration, start, trace_id, span_id, parent_id, env, version, host) or,
	// when Tag is set, the key of a tag or metric, without the leading @.
	Name string
	Tag  bool
}

// Op compares a field with a value.
type Op uint8

const (
	Eq     Op = iota // exact, case-sensitive
	Glob             // * any run, ? one character, a backslash takes the next literally
	Exists           // the field has any value (key:*)
	Lt
	Le
	Gt
	Ge
)

// Expr is a node of the syntax tree: And, Or, Not, Compare or Text.
type Expr interface{ expr() }

// And holds when all hold; empty is true.
type And []Expr

// Or holds when one holds; empty is false.
type Or []Expr

// Not negates.
type Not struct{ X Expr }

// Compare is one term. For Lt..Ge Number is set (durations in ns); for Eq and
// Glob Value is, and Number too with IsNumber when the value reads as a number.
type Compare struct {
	Field    Field
	Op       Op
	Value    string
	Number   float64
	IsNumber bool
}

// Text is a free word or quoted phrase: a case-insensitive substring of
// resource, operation name, error.type or error.message.
type Text string

func (And) expr()     {}
func (Or) expr()      {}
func (Not) expr()     {}
func (Compare) expr() {}
func (Text) expr()    {}

package names

import "hoofprint/internal/migrate/syntax"

// scopeKind is the sort of a scope, as Python has them.
type scopeKind uint8

const (
	moduleScope scopeKind = iota
	classScope
	functionScope
	comprehensionScope
)

// scope is a namespace of names and what is bound to them.
type scope struct {
	kind   scopeKind
	module *Module
	node   syntax.Node
	outer  *scope
	root   *block
	fn     *callable // of a function or lambda
	class  *class    // of a class

	// names has the bindings of each name in the order of the source; also of what is
	// written with dots, "self.span", and of what is put into a container, "spans[]".
	names map[string][]*binding
	// annotated and distant are the names with an annotation, and those bound from other scopes.
	annotated, distant map[string]bool
	stars              []*binding // from x import *

	globals, nonlocals map[string]bool
}

// block is a suite of statements, or the part of an expression that is a scope of its own.
type block struct {
	scope      *scope
	parent     *block    // around it in the text; nil for the module
	of         *compound // the statement whose suite it is; nil for a scope's own
	role       role
	start, end int32
	hole       syntax.Span // a comprehension's first iterable belongs to the scope around it
	terminated bool        // it ends with return, raise, continue or break
	fallback   bool        // within an except that stands in for a failed import
}

// role is which suite of its statement a block is.
type role uint8

const (
	bodySuite role = iota
	elseSuite
	handlerSuite
	finalSuite
	caseSuite
)

// compound is a statement that has suites.
type compound struct {
	stmt   syntax.Stmt
	parent *block
	blocks []*block
	end    int32
}

func (c *compound) loop() bool {
	switch c.stmt.(type) {
	case *syntax.For, *syntax.While:
		return true
	}
	return false
}

// suite is the block of a role; nil if there is none.
func (c *compound) suite(r role) *block {
	for _, b := range c.blocks {
		if b.role == r {
			return b
		}
	}
	return nil
}

// how a name is bound.
type bindKind uint8

const (
	assigned      bindKind = iota // expr, unpacked by path
	augmented                     // expr is the value, node the statement
	iterated                      // an element of expr, unpacked by path
	asyncIterated                 // the same of `async for`
	entered                       // what `with expr` gives
	asyncEntered                  // what `async with expr` gives
	imported                      // node is the alias, stmt the statement
	defined                       // a def
	classified                    // a class statement
	parameter                     // node is the Arg
	caught                        // `except expr as name`
	deleted
	declared     // an annotation alone
	narrowed     // isinstance(name, expr) holds from here on
	excluded     // isinstance(name, expr) does not hold
	matched      // a capture of a match statement
	typeVariable // of def f[T: Bound]
)

// binding is one place where a name gets a value.
type binding struct {
	kind       bindKind
	name       string
	node       syntax.Node
	stmt       syntax.Stmt
	expr       syntax.Expr
	annotation syntax.Expr
	path       []int // index into a tuple; rest for a starred one
	block      *block
	pos        int32 // from here on
	remote     bool  // made in another scope, at a time that is not known
	scope      *scope
	fn         *callable
	class      *class
}

// rest is the path of a starred target, and of what follows one.
const rest = -1

// callable is a function or lambda of the project.
type callable struct {
	module    *Module
	node      syntax.Node // *FunctionDef or *Lambda
	def       *syntax.FunctionDef
	args      *syntax.Arguments
	scope     *scope
	outer     *scope
	class     *class // whose method it is
	returns   []syntax.Expr
	yields    []syntax.Expr
	generator bool
	bare      bool // it has a return without a value, or ends without one

	sited      bool // callSites are looked for
	siting     bool // just now
	callSites  []callSite
	escapes    bool
	calledFrom int
}

// class is a class of the project.
type class struct {
	module *Module
	node   *syntax.ClassDef
	scope  *scope
	outer  *scope
	// stores are assignments to self.x in its methods.
	stores map[string][]*binding

	linear      []ancestor
	linearState uint8
	open        bool // a base is not known
	unsure      bool // a base may be one of several
}

func (c *callable) name() string {
	last := "<lambda>"
	if c.def != nil {
		last = c.def.Name.Name
	}
	return c.outer.path() + "." + last
}

func (c *class) name() string { return c.outer.path() + "." + c.node.Name.Name }

func (s *scope) path() string {
	switch {
	case s.kind == moduleScope:
		return s.module.Name
	case s.class != nil:
		return s.class.name()
	case s.fn != nil:
		return s.fn.name()
	case s.outer != nil:
		return s.outer.path()
	}
	return ""
}

// innermost is the block that an offset is in.
func (m *Module) innermost(offset int) *block {
	lo, hi := 0, len(m.blocks)
	for lo < hi {
		if mid := (lo + hi) / 2; int(m.blocks[mid].start) <= offset {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return m.blocks[0]
	}
	b := m.blocks[lo-1]
	for b.parent != nil && (offset >= int(b.end) || offset >= int(b.hole.Start) && offset < int(b.hole.End)) {
		b = b.parent
	}
	return b
}

// dotted is the text of a.b.c, at most four names long; "" for another expression.
func dotted(e syntax.Expr) string {
	var parts [4]string
	for i := len(parts) - 1; i >= 0; i-- {
		switch n := e.(type) {
		case *syntax.Name:
			out := n.ID
			for _, part := range parts[i+1:] {
				out += "." + part
			}
			return out
		case *syntax.Attribute:
			parts[i] = n.Attr.Name
			e = n.Value
		default:
			return ""
		}
	}
	return ""
}

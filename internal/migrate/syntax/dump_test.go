package syntax

import (
	"bytes"
	"strconv"
	"strings"
)

// dumper writes a tree as testdata/dump.py does.
type dumper struct {
	bytes.Buffer
	src     []byte
	version int // minor of Python 3
	utf8    bool
	blind   bool // no offsets: those in f-strings are wrong before 3.12
	hidden  bool // \N{name} is not replaced
}

func dump(m *Module, src []byte, version int) []byte {
	_, _, isUTF8 := decode(src)
	d := &dumper{src: src, version: version, utf8: isUTF8}
	d.line("Module")
	d.stmts(m.Body)
	return bytes.TrimSuffix(d.Bytes(), []byte("\n"))
}

func (d *dumper) line(words ...string) {
	d.WriteString(strings.Join(words, " "))
	d.WriteByte('\n')
}

func (d *dumper) head(kind string, n Node) {
	if d.blind {
		d.line(kind, "~")
		return
	}
	start, end := n.Range()
	d.line(kind, strconv.Itoa(start), strconv.Itoa(end))
}

func (d *dumper) name(name string) {
	if name == "" {
		name = "None"
	}
	d.line(name)
}

func list[T any](d *dumper, items []T, one func(T)) {
	d.line("[")
	for _, item := range items {
		one(item)
	}
	d.line("]")
}

func (d *dumper) stmts(body []Stmt)          { list(d, body, d.stmt) }
func (d *dumper) exprs(exprs []Expr)         { list(d, exprs, d.expr) }
func (d *dumper) ident(name Ident)           { d.name(name.Name) }
func (d *dumper) patterns(p []Pattern)       { list(d, p, d.pattern) }
func (d *dumper) keywords(k []*Keyword)      { list(d, k, d.keyword) }
func (d *dumper) params(t []*TypeParam)      { list(d, t, d.typeParam) }
func (d *dumper) clauses(c []*Comprehension) { list(d, c, d.comprehension) }

func prefix(async bool, kind string) string {
	if async {
		return "Async" + kind
	}
	return kind
}

func (d *dumper) stmt(s Stmt) {
	switch s := s.(type) {
	case *FunctionDef:
		d.head(prefix(s.Async, "FunctionDef"), s)
		d.ident(s.Name)
		d.arguments(s.Args)
		d.stmts(s.Body)
		d.exprs(s.Decorators)
		d.expr(s.Returns)
		d.params(s.TypeParams)
	case *ClassDef:
		d.head("ClassDef", s)
		d.ident(s.Name)
		d.exprs(s.Bases)
		d.keywords(s.Keywords)
		d.stmts(s.Body)
		d.exprs(s.Decorators)
		d.params(s.TypeParams)
	case *Return:
		d.head("Return", s)
		d.expr(s.Value)
	case *Delete:
		d.head("Delete", s)
		d.exprs(s.Targets)
	case *Assign:
		d.head("Assign", s)
		d.exprs(s.Targets)
		d.expr(s.Value)
	case *TypeAlias:
		d.head("TypeAlias", s)
		d.expr(s.Name)
		d.params(s.TypeParams)
		d.expr(s.Value)
	case *AugAssign:
		d.head("AugAssign", s)
		d.expr(s.Target)
		d.line(operators[s.Op])
		d.expr(s.Value)
	case *AnnAssign:
		d.head("AnnAssign", s)
		d.expr(s.Target)
		d.expr(s.Annotation)
		d.expr(s.Value)
		if s.Simple {
			d.line("1")
		} else {
			d.line("0")
		}
	case *For:
		d.head(prefix(s.Async, "For"), s)
		d.expr(s.Target)
		d.expr(s.Iter)
		d.stmts(s.Body)
		d.stmts(s.Orelse)
	case *While:
		d.head("While", s)
		d.expr(s.Test)
		d.stmts(s.Body)
		d.stmts(s.Orelse)
	case *If:
		d.head("If", s)
		d.expr(s.Test)
		d.stmts(s.Body)
		d.stmts(s.Orelse)
	case *With:
		d.head(prefix(s.Async, "With"), s)
		list(d, s.Items, func(item *WithItem) {
			d.line("withitem")
			d.expr(item.Context)
			d.expr(item.Vars)
		})
		d.stmts(s.Body)
	case *Match:
		d.head("Match", s)
		d.expr(s.Subject)
		list(d, s.Cases, func(c *MatchCase) {
			d.line("match_case")
			d.pattern(c.Pattern)
			d.expr(c.Guard)
			d.stmts(c.Body)
		})
	case *Raise:
		d.head("Raise", s)
		d.expr(s.Exc)
		d.expr(s.Cause)
	case *Try:
		kind := "Try"
		if s.Star {
			kind = "TryStar"
		}
		d.head(kind, s)
		d.stmts(s.Body)
		list(d, s.Handlers, func(h *ExceptHandler) {
			d.head("ExceptHandler", h)
			d.expr(h.Type)
			d.ident(h.Name)
			d.stmts(h.Body)
		})
		d.stmts(s.Orelse)
		d.stmts(s.Final)
	case *Assert:
		d.head("Assert", s)
		d.expr(s.Test)
		d.expr(s.Msg)
	case *Import:
		d.head("Import", s)
		list(d, s.Names, d.alias)
	case *ImportFrom:
		d.head("ImportFrom", s)
		d.ident(s.Module)
		list(d, s.Names, d.alias)
		d.line(strconv.Itoa(s.Level))
	case *Global:
		d.head("Global", s)
		list(d, s.Names, d.ident)
	case *Nonlocal:
		d.head("Nonlocal", s)
		list(d, s.Names, d.ident)
	case *ExprStmt:
		d.head("Expr", s)
		d.expr(s.Value)
	case *Pass:
		d.head("Pass", s)
	case *Break:
		d.head("Break", s)
	case *Continue:
		d.head("Continue", s)
	}
}

func (d *dumper) alias(a *Alias) {
	if d.version < 10 {
		d.line("alias")
	} else {
		d.head("alias", a)
	}
	d.ident(a.Name)
	d.ident(a.AsName)
}

func (d *dumper) keyword(k *Keyword) {
	d.head("keyword", k)
	d.ident(k.Name)
	d.expr(k.Value)
}

func (d *dumper) typeParam(t *TypeParam) {
	d.head([]string{"TypeVar", "TypeVarTuple", "ParamSpec"}[t.Stars], t)
	d.ident(t.Name)
	if t.Stars == 0 {
		d.expr(t.Bound)
	}
	d.expr(t.Default)
}

func (d *dumper) comprehension(c *Comprehension) {
	d.line("comprehension")
	d.expr(c.Target)
	d.expr(c.Iter)
	d.exprs(c.Ifs)
	if c.Async {
		d.line("1")
	} else {
		d.line("0")
	}
}

func (d *dumper) arguments(a *Arguments) {
	d.line("arguments")
	list(d, a.PosOnly, d.arg)
	list(d, a.Args, d.arg)
	d.arg(a.Vararg)
	list(d, a.KwOnly, d.arg)
	list(d, a.KwOnly, func(a *Arg) { d.expr(a.Default) })
	d.arg(a.Kwarg)
	d.line("[")
	for _, a := range append(a.PosOnly[:len(a.PosOnly):len(a.PosOnly)], a.Args...) {
		if a.Default != nil {
			d.expr(a.Default)
		}
	}
	d.line("]")
}

func (d *dumper) arg(a *Arg) {
	if a == nil {
		d.line("None")
		return
	}
	d.head("arg", a)
	d.ident(a.Name)
	d.expr(a.Annotation)
}

var operators = map[string]string{
	"+": "Add", "-": "Sub", "*": "Mult", "/": "Div", "//": "FloorDiv", "%": "Mod", "**": "Pow", "@": "MatMult",
	"&": "BitAnd", "|": "BitOr", "^": "BitXor", "<<": "LShift", ">>": "RShift", "and": "And", "or": "Or",
	"<": "Lt", ">": "Gt", "<=": "LtE", ">=": "GtE", "==": "Eq", "!=": "NotEq", "in": "In", "not in": "NotIn",
	"is": "Is", "is not": "IsNot",
}

var unaryOperators = map[string]string{"-": "USub", "+": "UAdd", "~": "Invert", "not": "Not"}

func (d *dumper) expr(e Expr) {
	switch e := e.(type) {
	case nil:
		d.line("None")
	case *BoolOp:
		d.head("BoolOp", e)
		d.line(operators[e.Op])
		d.exprs(e.Values)
	case *NamedExpr:
		d.head("NamedExpr", e)
		d.expr(e.Target)
		d.expr(e.Value)
	case *BinOp:
		d.head("BinOp", e)
		d.expr(e.Left)
		d.line(operators[e.Op])
		d.expr(e.Right)
	case *UnaryOp:
		d.head("UnaryOp", e)
		d.line(unaryOperators[e.Op])
		d.expr(e.Operand)
	case *Lambda:
		d.head("Lambda", e)
		d.arguments(e.Args)
		d.expr(e.Body)
	case *IfExp:
		d.head("IfExp", e)
		d.expr(e.Test)
		d.expr(e.Body)
		d.expr(e.Orelse)
	case *Dict:
		d.head("Dict", e)
		d.exprs(e.Keys)
		d.exprs(e.Values)
	case *Set:
		d.head("Set", e)
		d.exprs(e.Elts)
	case *ListComp:
		d.head("ListComp", e)
		d.expr(e.Elt)
		d.clauses(e.Generators)
	case *SetComp:
		d.head("SetComp", e)
		d.expr(e.Elt)
		d.clauses(e.Generators)
	case *DictComp:
		d.head("DictComp", e)
		d.expr(e.Key)
		d.expr(e.Value)
		d.clauses(e.Generators)
	case *GeneratorExp:
		d.head("GeneratorExp", e)
		d.expr(e.Elt)
		d.clauses(e.Generators)
	case *Await:
		d.head("Await", e)
		d.expr(e.Value)
	case *Yield:
		d.head("Yield", e)
		d.expr(e.Value)
	case *YieldFrom:
		d.head("YieldFrom", e)
		d.expr(e.Value)
	case *Compare:
		d.head("Compare", e)
		d.expr(e.Left)
		list(d, e.Ops, func(op string) { d.line(operators[op]) })
		d.exprs(e.Comparators)
	case *Call:
		d.head("Call", e)
		d.expr(e.Func)
		d.exprs(e.Args)
		d.keywords(e.Keywords)
	case *JoinedStr:
		d.joined(e)
	case *FormattedValue:
		panic("outside of a JoinedStr")
	case *Constant:
		d.constant(e)
	case *Attribute:
		d.head("Attribute", e)
		d.expr(e.Value)
		d.ident(e.Attr)
	case *Subscript:
		d.head("Subscript", e)
		d.expr(e.Value)
		d.expr(e.Index)
	case *Starred:
		d.head("Starred", e)
		d.expr(e.Value)
	case *Name:
		d.head("Name", e)
		d.name(e.ID)
	case *List:
		d.head("List", e)
		d.exprs(e.Elts)
	case *Tuple:
		d.head("Tuple", e)
		d.exprs(e.Elts)
	case *Slice:
		d.head("Slice", e)
		d.expr(e.Lower)
		d.expr(e.Upper)
		d.expr(e.Step)
	}
}

func (d *dumper) joined(e *JoinedStr) {
	kind, field := "JoinedStr", "FormattedValue"
	if e.Template {
		kind, field = "TemplateStr", "Interpolation"
	}
	d.head(kind, e)
	blind, hidden := d.blind, d.hidden
	if !blind {
		d.hidden = bytes.Contains(d.src[e.Start:e.End], []byte(`\N{`)) || !d.utf8
	}
	d.blind = blind || d.version < 12
	d.values(e, field)
	d.blind, d.hidden = blind, hidden
}

func (d *dumper) values(e *JoinedStr, field string) {
	d.line("[")
	for _, value := range e.Values {
		switch value := value.(type) {
		case *Constant:
			d.line("Text")
			d.text(value.Value, d.hidden)
		case *FormattedValue:
			d.head(field, value)
			d.expr(value.Value)
			if value.Conversion == 0 {
				d.line("-1")
			} else {
				d.line(strconv.Itoa(int(value.Conversion)))
			}
			if value.FormatSpec == nil {
				d.line("None")
				continue
			}
			d.joined(value.FormatSpec)
		}
	}
	d.line("]")
}

func (d *dumper) constant(e *Constant) {
	d.head("Constant", e)
	switch e.Kind {
	case Str:
		d.text(e.Value, d.blind || bytes.Contains(d.src[e.Start:e.End], []byte(`\N{`)) || !d.utf8)
	case Bytes:
		d.line("Bytes", e.Value)
	case Number:
		d.line("Number")
	case Ellipsis:
		d.line("Ellipsis")
	default:
		d.line(e.Value)
	}
}

func (d *dumper) text(value string, hidden bool) {
	if hidden {
		value = "?"
	}
	d.line("Str", value)
}

func (d *dumper) pattern(p Pattern) {
	switch p := p.(type) {
	case nil:
		d.line("None")
	case *MatchValue:
		d.head("MatchValue", p)
		d.expr(p.Value)
	case *MatchSingleton:
		d.head("MatchSingleton", p)
		d.line(p.Value.Value)
	case *MatchSequence:
		d.head("MatchSequence", p)
		d.patterns(p.Patterns)
	case *MatchMapping:
		d.head("MatchMapping", p)
		d.exprs(p.Keys)
		d.patterns(p.Patterns)
		d.ident(p.Rest)
	case *MatchClass:
		d.head("MatchClass", p)
		d.expr(p.Cls)
		d.patterns(p.Patterns)
		list(d, p.KwdAttrs, d.ident)
		d.patterns(p.KwdPatterns)
	case *MatchStar:
		d.head("MatchStar", p)
		d.ident(p.Name)
	case *MatchAs:
		d.head("MatchAs", p)
		d.pattern(p.Pattern)
		d.ident(p.Name)
	case *MatchOr:
		d.head("MatchOr", p)
		d.patterns(p.Patterns)
	}
}

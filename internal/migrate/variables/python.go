package variables

import (
	"bytes"
	"slices"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
)

// Named are the variables of the registry that files speak of: words for names.Load.
func Named(files []*source.File) []string {
	var all []string
	for _, f := range files {
		for _, h := range known().hits(f.Text) {
			if !slices.Contains(all, h.name) {
				all = append(all, h.name)
			}
		}
	}
	return all
}

// FindPython reports the variables in a Python file: those that the process's environment is asked
// for or given, for certain; other mentions as likely ones.
func FindPython(p *names.Project, m *names.Module) []finding.Finding {
	return findPython(known(), p, m)
}

func findPython(t *table, p *names.Project, m *names.Module) []finding.Finding {
	uses := inPython(t, m)
	found := findings(m.File, uses)
	elsewhere := map[string]bool{}
	for i := range found {
		if !found[i].Safe {
			continue
		}
		name := uses[i].name
		if _, asked := elsewhere[name]; !asked {
			elsewhere[name] = p != nil && readElsewhere(t, p, m, name)
		}
		found[i].Safe = !elsewhere[name]
	}
	return found
}

// inPython understands the hits in a Python file.
func inPython(t *table, m *names.Module) []use {
	hits := t.hits(m.File.Text)
	uses := make([]use, len(hits))
	for i, h := range hits {
		uses[i] = use{hit: h}
	}
	if m.Tree != nil && len(hits) > 0 {
		s := pythonScan{m: m, uses: uses}
		syntax.Walk(m.Tree, s.look)
		s.cuts()
	}
	return uses
}

// readElsewhere is true if another module may take the value of a variable that is set in this one.
func readElsewhere(t *table, p *names.Project, m *names.Module, name string) bool {
	for _, o := range p.Modules() {
		if o == m || !hasWord(o.File.Text, name) {
			continue
		}
		for _, u := range inPython(t, o) {
			if u.name == name && (u.role == read || u.role == again || u.doubt) {
				return true
			}
		}
	}
	return false
}

// pythonScan understands the hits of one module.
type pythonScan struct {
	m    *names.Module
	uses []use
	// entries are the pairs of dictionaries that may go, by the use.
	entries []entryOf
	stmts   []stmtOf
}

type entryOf struct {
	use  *use
	dict *syntax.Dict
	at   int
}

type stmtOf struct {
	use  *use
	stmt syntax.Stmt
}

// within are the uses whose bytes are inside a node.
func (s *pythonScan) within(n syntax.Node) []use {
	start, end := n.Range()
	low, high := 0, len(s.uses)
	for low < high {
		if mid := (low + high) / 2; s.uses[mid].start < start {
			low = mid + 1
		} else {
			high = mid
		}
	}
	last := low
	for last < len(s.uses) && s.uses[last].end <= end {
		last++
	}
	return s.uses[low:last]
}

func (s *pythonScan) look(n syntax.Node) bool {
	if n == nil || len(s.within(n)) == 0 {
		return false
	}
	switch n := n.(type) {
	case *syntax.Constant:
		s.constant(n)
	case *syntax.Keyword:
		s.keyword(n)
	}
	return true
}

// constant understands a string that is the name of a variable, and nothing else.
func (s *pythonScan) constant(c *syntax.Constant) {
	inside := s.within(c)
	if c.Kind != syntax.Str || len(inside) != 1 || c.Value != inside[0].name {
		return
	}
	u := &inside[0]
	u.doubt = true // a name in a string: who knows what for
	defer func() { u.doubt = u.role == mention }()
	parent := s.m.Parent(c)
	switch n := parent.(type) {
	case *syntax.Subscript, *syntax.Call, *syntax.Compare:
		e := n.(syntax.Expr)
		if s.m.Getenv(e) != syntax.Expr(c) {
			return
		}
		u.role = s.access(e, u)
	case *syntax.Dict:
		if s.becomesEnvironment(n) {
			for i, k := range n.Keys {
				if k == syntax.Expr(c) {
					u.role = set
					if constant(n.Values[i]) {
						s.entries = append(s.entries, entryOf{u, n, i})
					}
				}
			}
		}
	}
}

// access says what an expression does with the variable that it names.
func (s *pythonScan) access(e syntax.Expr, u *use) role {
	parent := s.m.Parent(e)
	switch e := e.(type) {
	case *syntax.Subscript:
		switch parent := parent.(type) {
		case *syntax.Assign:
			if len(parent.Targets) == 1 && parent.Targets[0] == syntax.Expr(e) {
				if constant(parent.Value) {
					s.stmts = append(s.stmts, stmtOf{u, parent})
				}
				return set
			}
		case *syntax.Delete:
			return again
		}
	case *syntax.Call:
		name := ""
		switch f := e.Func.(type) {
		case *syntax.Attribute:
			name = f.Attr.Name
		case *syntax.Name:
			name = f.ID
		}
		switch name {
		case "setenv", "putenv", "setdefault", "__setitem__":
			plain := len(e.Keywords) == 0
			for _, a := range e.Args {
				plain = plain && constant(a)
			}
			if stmt, ok := parent.(*syntax.ExprStmt); ok && plain {
				s.stmts = append(s.stmts, stmtOf{u, stmt})
			}
			return set
		case "delenv", "unsetenv", "pop":
			return again
		}
	}
	return read
}

// keyword understands dict(os.environ, DD_X="1") and its like.
func (s *pythonScan) keyword(k *syntax.Keyword) {
	for i := range s.uses {
		u := &s.uses[i]
		if u.start != int(k.Name.Start) || u.end != int(k.Name.End) {
			continue
		}
		call, ok := s.m.Parent(k).(*syntax.Call)
		if !ok {
			return
		}
		if s.environment(call) {
			u.role = set
		}
	}
}

// becomesEnvironment is true of a dictionary that is given to the process or to another one as its variables.
func (s *pythonScan) becomesEnvironment(d *syntax.Dict) bool {
	for i, k := range d.Keys {
		if k == nil && s.m.Environment(d.Values[i]) {
			return true
		}
	}
	switch n := s.m.Parent(d).(type) {
	case *syntax.Keyword:
		return forEnvironment(n)
	case *syntax.Call:
		return s.environment(n)
	case *syntax.Assign:
		if len(n.Targets) == 1 {
			return s.m.Environment(n.Targets[0])
		}
	}
	return false
}

// forEnvironment is true of an argument that is the variables of a process: run(env=...).
func forEnvironment(k *syntax.Keyword) bool {
	switch k.Name.Name {
	case "env", "environment", "environ", "extra_env":
		return true
	}
	return false
}

// environment is true of a call that changes the environment by a mapping: os.environ.update,
// mock.patch.dict(os.environ, ...), dict(os.environ, ...).
func (s *pythonScan) environment(c *syntax.Call) bool {
	if f, ok := c.Func.(*syntax.Attribute); ok && f.Attr.Name == "update" && s.m.Environment(f.Value) {
		return true
	}
	if f, ok := c.Func.(*syntax.Name); ok && f.ID == "dict" {
		if k, ok := s.m.Parent(c).(*syntax.Keyword); ok && forEnvironment(k) {
			return true
		}
	}
	if len(c.Args) == 0 {
		return false
	}
	if s.m.Environment(c.Args[0]) {
		return true
	}
	first, ok := c.Args[0].(*syntax.Constant)
	f, method := c.Func.(*syntax.Attribute)
	return ok && method && f.Attr.Name == "dict" && first.Value == "os.environ"
}

func constant(e syntax.Expr) bool {
	_, ok := e.(*syntax.Constant)
	return ok
}

// cuts says which bytes to remove with each setting.
func (s *pythonScan) cuts() {
	text := s.m.File.Text
	for _, e := range s.entries {
		g := group{}
		for i, k := range e.dict.Keys {
			start, _ := e.dict.Values[i].Range()
			if k != nil {
				start, _ = k.Range()
			} else if stars := bytes.LastIndex(text[max(start-20, 0):start], []byte("**")); stars >= 0 {
				start = max(start-20, 0) + stars
			}
			_, end := e.dict.Values[i].Range()
			g.parts = append(g.parts, part{span: span{start, end}, comma: commaAfter(text, end)})
		}
		_, close := e.dict.Range()
		for i := range g.parts {
			if g.parts[i].comma > close {
				return
			}
		}
		e.use.cut, e.use.whole = cutPart(text, g, e.at)
	}
	for _, x := range s.stmts {
		start, end := x.stmt.Range()
		lines, own := ownLines(text, span{start, end})
		if own && !s.only(x.stmt) {
			x.use.cut, x.use.whole = lines, true
		}
	}
}

// commaAfter is the offset after the comma that follows, or 0.
func commaAfter(text []byte, at int) int {
	for at < len(text) && strings.IndexByte(" \t\r\n)", text[at]) >= 0 {
		at++
	}
	if at < len(text) && text[at] == ',' {
		return at + 1
	}
	return 0
}

// only is true of a statement without one in its block that stays.
func (s *pythonScan) only(stmt syntax.Stmt) bool {
	parent := s.m.Parent(stmt)
	if _, module := parent.(*syntax.Module); module || parent == nil {
		return false
	}
	for _, block := range syntax.Blocks(parent) {
		in, stays := false, false
		for _, other := range block {
			in = in || other == stmt
			stays = stays || !slices.ContainsFunc(s.stmts, func(x stmtOf) bool { return x.stmt == other && idle(x.use.change) })
		}
		if in {
			return !stays
		}
	}
	return true
}

package rules

import (
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
	"hoofprint/migration"
)

// scan is the search of one module.
type scan struct {
	p     *names.Project
	m     *names.Module
	file  *source.File
	found []finding.Finding

	private map[string]bool // local names imported from ddtrace's internals
	bound   map[string]int  // how often each name is read in the module
	froms   map[int32]*syntax.ImportFrom
	locals  map[string]bool // names that imports bind
	pins    int             // 1 if all uses of Pin can be mended, -1 if not, 0 if not known yet
}

// use is one mention of something that changed.
type use struct {
	name   string // as the registry has it
	change migration.Change
	at     syntax.Node // what is reported: an identifier, an alias, an argument
	expr   syntax.Expr // the expression that is the use, or nil
	call   *syntax.Call
	value  names.Value
	sure   bool

	internal bool // it comes from a module that is not public
}

// report adds the finding of a use, with the edits that its topic knows.
func (s *scan) report(u use) {
	start, end := u.at.Range()
	f := finding.At(s.file, start, end, u.change.ID, finding.Likely)
	if u.sure && !s.guarded(u) {
		f.Certainty = finding.Certain
	}
	f.Message, f.Fix = u.change.Why, u.change.Instead
	if u.internal {
		_, last, _ := cutLast(u.name)
		f.Message = last + " comes from ddtrace's internals here, which keep no promise: its public name is gone"
	}
	s.mend(u, &f)
	if len(f.Edits) == 0 || f.Certainty != finding.Certain || u.change.Fix != "safe" {
		f.Safe = false
	}
	s.found = append(s.found, f)
}

// mend adds the edits that mend a use, and words that fit it better than the registry's. Safe
// is set where the program does the same after them.
func (s *scan) mend(u use, f *finding.Finding) {
	if u.call == nil && strings.HasSuffix(u.name, ")") {
		return // an argument that is kept for a call elsewhere
	}
	switch u.name {
	case "ddtrace.trace.Span.set_tag_str":
		mendSetTagStr(s, u, f)
	case "ddtrace.trace.Span.set_struct_tag", "ddtrace.trace.Span.get_struct_tag":
		mendStructTag(s, u, f)
	case "ddtrace.trace.Span._pprint":
		mendPprint(s, u, f)
	case "ddtrace.trace.Span.record_exception(timestamp)", "ddtrace.trace.Span.record_exception(escaped)":
		mendUnusedArgument(s, u, f)
	case "ddtrace.propagation.http.HTTPPropagator.inject(non_active_span)":
		mendNonActiveSpan(s, u, f)
	case "ddtrace.llmobs.LLMObs.submit_evaluation_for":
		mendEvaluationFor(s, u, f)
	case "ddtrace.llmobs.LLMObs.submit_evaluation(span_context)":
		mendSpanContext(s, u, f)
	case "ddtrace.trace.Pin", "ddtrace.Pin":
		mendPin(s, u, f)
	case "ddtrace.get_version", "ddtrace.version.get_version":
		mendGetVersion(s, u, f)
	default:
		next, ok := u.change.Renames[u.name]
		switch keyword, isKeyword := u.at.(*syntax.Keyword); {
		case ok && isKeyword:
			mendParameter(s, u, keyword, f, next)
		case ok:
			renamed(s, u, f, next)
		case strings.HasSuffix(u.name, ")") && u.change.Fix != "":
			mendUnusedArgument(s, u, f)
		}
	}
}

// text is what is written at a node.
func (s *scan) text(n syntax.Node) string {
	start, end := n.Range()
	return string(s.file.Text[start:end])
}

// callOf is the call whose function an expression is, or nil.
func (s *scan) callOf(e syntax.Expr) *syntax.Call {
	if c, ok := s.m.Parent(e).(*syntax.Call); ok && c.Func == e {
		return c
	}
	return nil
}

// stored says that an expression is assigned to or deleted, not read.
func (s *scan) stored(e syntax.Expr) bool {
	var inner syntax.Node = e
	for {
		switch p := s.m.Parent(inner).(type) {
		case *syntax.Assign:
			for _, t := range p.Targets {
				if syntax.Node(t) == inner {
					return true
				}
			}
			return false
		case *syntax.AnnAssign:
			return syntax.Node(p.Target) == inner
		case *syntax.AugAssign:
			return syntax.Node(p.Target) == inner
		case *syntax.For:
			return syntax.Node(p.Target) == inner
		case *syntax.Comprehension:
			return syntax.Node(p.Target) == inner
		case *syntax.WithItem:
			return syntax.Node(p.Vars) == inner
		case *syntax.NamedExpr:
			return syntax.Node(p.Target) == inner
		case *syntax.Delete:
			return true
		case *syntax.Tuple, *syntax.List, *syntax.Starred:
			inner = p
		default:
			return false
		}
	}
}

// reads is how often a name is read in the module, or listed in __all__.
func (s *scan) reads(name string) int {
	if s.bound == nil {
		s.bound = map[string]int{}
		syntax.Walk(s.m.Tree, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Name:
				s.bound[n.ID]++
			case *syntax.Constant:
				// In __all__, an annotation that is a string, or exec: a mention is enough.
				if n.Kind == syntax.Str && len(n.Value) < 1000 {
					for _, word := range strings.FieldsFunc(n.Value, func(r rune) bool { return !identifier(r) }) {
						s.bound[word]++
					}
				}
			}
			return true
		})
	}
	return s.bound[name]
}

func identifier(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80
}

// imported says that an import of the module binds a name: what is assigned to others is
// reported where it is assigned.
func (s *scan) imported(name string) bool {
	s.imports()
	return s.locals[name] || s.locals["*"]
}

// imports are the from-imports by the offset of their module's name and of each name.
func (s *scan) imports() map[int32]*syntax.ImportFrom {
	if s.froms == nil {
		s.froms, s.locals = map[int32]*syntax.ImportFrom{}, map[string]bool{}
		syntax.Walk(s.m.Tree, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.ImportFrom:
				if n.Module.Name != "" {
					s.froms[n.Module.Start] = n
				}
				for _, a := range n.Names {
					s.froms[a.Name.Start] = n
					s.locals[local(a)] = true
				}
			case *syntax.Import:
				for _, a := range n.Names {
					top, _, _ := strings.Cut(local(a), ".")
					s.locals[top] = true
				}
			}
			return true
		})
	}
	return s.froms
}

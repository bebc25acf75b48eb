package rules

import (
	"slices"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/syntax"
	"hoofprint/migration"
)

const llmobs = "ddtrace.llmobs.LLMObs"

// mendEvaluationFor writes submit_evaluation, which has the parameters of submit_evaluation_for.
// What follows the value gets its name, since submit_evaluation of ddtrace 3 had one more there.
func mendEvaluationFor(s *scan, u use, f *finding.Finding) {
	a, ok := u.expr.(*syntax.Attribute)
	if !ok {
		return
	}
	f.Edits = []finding.Edit{put(a.Attr, "submit_evaluation")}
	if u.call == nil {
		return
	}
	parameters := slices.Delete(slices.Clone(evaluationParameters), 3, 4)
	named, ok := s.nameArguments(u.call, 3, parameters)
	if !ok {
		return
	}
	f.Edits = append(f.Edits, named...)
	f.Safe = true
}

// nameArguments gives the positional arguments from one on the names of their parameters.
func (s *scan) nameArguments(c *syntax.Call, from int, parameters []string) ([]finding.Edit, bool) {
	if starred(c.Args) || len(c.Args) > len(parameters) {
		return nil, false
	}
	all := s.slots(c)
	var edits []finding.Edit
	for i := from; i < len(c.Args); i++ {
		at := slotOf(all, c.Args[i])
		if at < 0 {
			return nil, false
		}
		edits = append(edits, finding.Edit{Start: all[at].start, End: all[at].start, New: parameters[i] + "="})
	}
	return edits, true
}

// shifted reports a call of submit_evaluation that passes by position what has another place now.
func (s *scan) shifted(c *syntax.Call, change migration.Change, sure bool) {
	if len(c.Args) < 4 {
		return
	}
	if starred(c.Args[:4]) || len(c.Args) > 4 && s.hasKey(c.Args[4], "tag_key") {
		return // the latter is as ddtrace 4 wants it
	}
	if own, ok := registry().changed[llmobs+".submit_evaluation"]; ok {
		change = own
	}
	start, _ := c.Args[3].Range()
	_, end := c.Args[len(c.Args)-1].Range()
	f := finding.At(s.file, start, end, change.ID, finding.Likely)
	if sure {
		f.Certainty = finding.Certain
	}
	f.Message = "LLMObs.submit_evaluation has no span_context any more, so that its fourth and later positional arguments are one place further to the left"
	f.Fix = "Pass what follows the value by name: span=..., span_with_tag_value=..., tags=..."
	if edits, ok := s.nameShifted(c); ok {
		f.Edits, f.Safe = edits, sure
	}
	s.found = append(s.found, f)
}

// nameShifted names the arguments by the parameters of ddtrace 3, where span stood in for a
// span_context that was not given.
func (s *scan) nameShifted(c *syntax.Call) ([]finding.Edit, bool) {
	edits, ok := s.nameArguments(c, 3, evaluationParameters)
	if !ok {
		return nil, false
	}
	context := c.Args[3]
	if k, ok := context.(*syntax.Constant); ok && k.Kind == syntax.None {
		drop := s.withoutArgument(c, context)
		if drop == nil {
			return nil, false
		}
		edits = append(drop, edits[1:]...)
		sortEdits(edits)
		return edits, true
	}
	if len(c.Args) > 4 || hasKeyword(c, "span") {
		return nil, false // both were given, and span won
	}
	edits[0].New = "span="
	return edits, true
}

// hasKey says that an expression is a dictionary written out, with a key.
func (s *scan) hasKey(e syntax.Expr, key string) bool {
	d, ok := e.(*syntax.Dict)
	return ok && slices.ContainsFunc(d.Keys, func(k syntax.Expr) bool {
		c, ok := k.(*syntax.Constant)
		return ok && c.Kind == syntax.Str && c.Value == key
	})
}

func hasKeyword(c *syntax.Call, name string) bool {
	return slices.ContainsFunc(c.Keywords, func(k *syntax.Keyword) bool { return k.Name.Name == name || k.Name.Name == "" })
}

// mendSpanContext writes span=, which took the same dictionary.
func mendSpanContext(s *scan, u use, f *finding.Finding) {
	k, ok := u.at.(*syntax.Keyword)
	if !ok {
		return
	}
	if c, ok := k.Value.(*syntax.Constant); ok && c.Kind == syntax.None {
		f.Edits = s.withoutArgument(u.call, k)
		f.Safe = len(f.Edits) > 0
		return
	}
	if hasKeyword(u.call, "span") || len(u.call.Args) > 3 {
		f.Edits = s.withoutArgument(u.call, k) // span won, if it was not empty
		return
	}
	f.Edits = []finding.Edit{put(k.Name, "span")}
	f.Safe = true
}

// raising are the methods that raise now where they warned.
var raising = []string{"annotate", "export_span", "inject_distributed_headers", "activate_distributed_headers"}

// llmobsErrors finds their calls, if nothing around them catches what they raise.
func llmobsErrors(s *scan, n syntax.Node) {
	c, ok := n.(*syntax.Call)
	if !ok {
		return
	}
	a, ok := c.Func.(*syntax.Attribute)
	if !ok || !slices.Contains(raising, a.Attr.Name) {
		return
	}
	v := s.m.Value(a)
	if v.Kind != names.Function || v.Name != llmobs+"."+a.Attr.Name {
		return
	}
	change, ok := registry().changed[v.Name]
	if !ok || s.caught(c) {
		return
	}
	start, end := a.Attr.Range()
	f := finding.At(s.file, start, end, change.ID, finding.Likely)
	f.Message, f.Fix = change.Why, change.Instead
	s.found = append(s.found, f)
}

// caught says that an expression is in the body of a try that catches every exception.
func (s *scan) caught(e syntax.Expr) bool {
	var inner syntax.Node = e
	for p := s.m.Parent(inner); p != nil; inner, p = p, s.m.Parent(p) {
		switch p := p.(type) {
		case *syntax.FunctionDef, *syntax.Lambda, *syntax.ClassDef:
			return false
		case *syntax.Try:
			if !slices.ContainsFunc(p.Body, func(x syntax.Stmt) bool { return syntax.Node(x) == inner }) {
				continue
			}
			for _, h := range p.Handlers {
				if h.Type == nil || catchesAll(s.text(h.Type)) {
					return true
				}
			}
		}
	}
	return false
}

func catchesAll(text string) bool {
	for _, name := range strings.FieldsFunc(text, func(r rune) bool { return !identifier(r) }) {
		if name == "Exception" || name == "BaseException" {
			return true
		}
	}
	return false
}

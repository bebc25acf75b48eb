package rules

import (
	"slices"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/syntax"
)

// exported are the names of modules that took over from several.
var exported = map[string][]string{
	"ddtrace.trace": {"BaseContextProvider", "Context", "Span", "TraceFilter", "Tracer", "tracer"},
}

// renamed adds the edits for a name that has a new one with the same meaning.
func renamed(s *scan, u use, f *finding.Finding, next string) {
	if u.value.Kind == names.Package || u.name != u.value.Name && strings.HasPrefix(u.value.Name, u.name+".") {
		next += strings.TrimPrefix(u.value.Name, u.name)
	}
	switch at := u.at.(type) {
	case *syntax.Alias: // import a.b [as c]
		f.Edits = []finding.Edit{put(at.Name, next)}
		_, partly := exported[next]
		f.Safe = at.AsName.Name != "" && !partly
	case syntax.Ident:
		if n := s.imports()[at.Start]; n != nil {
			f.Edits = s.renamedImport(n, at, next)
			f.Safe = len(f.Edits) > 0
		} else {
			s.renamedAttribute(u, f, next)
		}
	}
	if u.change.Fix != "safe" {
		f.Safe = false
	}
}

// renamedImport rewrites `from old import x`, for the module or for one of its names.
func (s *scan) renamedImport(n *syntax.ImportFrom, at syntax.Ident, next string) []finding.Edit {
	if n.Level > 0 {
		return nil
	}
	if at.Start == n.Module.Start {
		if has, known := exported[next]; known && slices.ContainsFunc(n.Names, func(a *syntax.Alias) bool { return !slices.Contains(has, a.Name.Name) }) {
			return nil
		}
		return []finding.Edit{put(n.Module, next)}
	}
	for _, a := range n.Names {
		if a.Name.Start != at.Start {
			continue
		}
		dot := strings.LastIndexByte(next, '.')
		if dot < 0 {
			return nil
		}
		module, binding := next[:dot], next[dot+1:]
		if binding != local(a) {
			binding += " as " + local(a)
		}
		return s.renamedImportAs(n, a, module, binding)
	}
	return nil
}

// renamedImportAs puts another import in place of one name of a from-import.
func (s *scan) renamedImportAs(n *syntax.ImportFrom, a *syntax.Alias, module, binding string) []finding.Edit {
	if module == n.Module.Name {
		return []finding.Edit{put(a, binding)}
	}
	if len(n.Names) == 1 {
		return []finding.Edit{put(n.Module, module), put(a, binding)}
	}
	out := s.withoutAlias(n, a)
	if out == nil {
		return nil
	}
	return append([]finding.Edit{s.before(n, "from "+module+" import "+binding)}, out...)
}

// renamedAttribute rewrites x.old, as x.new if only the last part changed.
func (s *scan) renamedAttribute(u use, f *finding.Finding, next string) {
	a, ok := u.expr.(*syntax.Attribute)
	if !ok {
		return // a bare name: its import is rewritten, and binds the same
	}
	old := u.value.Name
	if dot := strings.LastIndexByte(next, '.'); dot >= 0 && strings.HasPrefix(old, next[:dot+1]) &&
		!strings.Contains(old[dot+1:], ".") {
		f.Edits = []finding.Edit{put(a.Attr, next[dot+1:])}
		f.Safe = true
		return
	}
	if s.text(a) == old { // spelled in full, from `import ddtrace`
		f.Edits = []finding.Edit{put(a, next)}
		f.Safe = strings.HasPrefix(next, "ddtrace.trace.") // which `import ddtrace` brings
	}
}

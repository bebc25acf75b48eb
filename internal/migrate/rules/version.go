package rules

import (
	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/syntax"
)

// mendGetVersion writes ddtrace.__version__, which get_version() returned.
func mendGetVersion(s *scan, u use, f *finding.Finding) {
	if at, ok := u.at.(syntax.Ident); ok {
		if n := s.imports()[at.Start]; n != nil {
			for _, a := range n.Names {
				if a.Name.Start == at.Start && s.onlyCalled(local(a)) {
					binding := "__version__"
					if a.AsName.Name != "" {
						binding += " as " + a.AsName.Name
					}
					f.Edits = s.renamedImportAs(n, a, "ddtrace", binding)
					f.Safe = true
				}
			}
			return
		}
	}
	if u.call == nil || len(u.call.Args)+len(u.call.Keywords) > 0 {
		return
	}
	switch e := u.expr.(type) {
	case *syntax.Attribute: // ddtrace.get_version()
		if s.text(e) == "ddtrace.get_version" {
			f.Edits, f.Safe = []finding.Edit{put(u.call, "ddtrace.__version__")}, true
		}
	case *syntax.Name:
		if s.onlyCalled(e.ID) {
			name := e.ID
			if name == "get_version" {
				name = "__version__"
			}
			f.Edits, f.Safe = []finding.Edit{put(u.call, name)}, true
		}
	}
}

// onlyCalled says that a name is mentioned in calls without arguments alone.
func (s *scan) onlyCalled(name string) bool {
	calls := 0
	syntax.Walk(s.m.Tree, func(n syntax.Node) bool {
		if c, ok := n.(*syntax.Call); ok && len(c.Args)+len(c.Keywords) == 0 {
			if f, ok := c.Func.(*syntax.Name); ok && f.ID == name {
				calls++
			}
		}
		return true
	})
	return calls > 0 && calls == s.reads(name)
}

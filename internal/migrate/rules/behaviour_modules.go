package rules

import (
	"regexp"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
	"hoofprint/migration"
)

const patchModules = "DD_PATCH_MODULES"

// module is one of those that DD_PATCH_MODULES names: "redis:true,flask:false".
var module = regexp.MustCompile(`\b([a-z][a-z0-9_]*)\s*:\s*(?i:true|false|1|0)\b`)

// patchedModules finds what DD_PATCH_MODULES names that has no integration any more, where the
// value is on the line of the variable's name.
func patchedModules(f *source.File, text string, start int) []finding.Finding {
	at := strings.Index(text, patchModules)
	if at < 0 || commented(text[:at]) {
		return nil
	}
	at += len(patchModules)
	return goneModules(f, text[at:], start+at)
}

// goneModules finds them in a value at an offset of the file.
func goneModules(f *source.File, value string, start int) []finding.Finding {
	var found []finding.Finding
	for _, m := range module.FindAllStringSubmatchIndex(value, -1) {
		i, ok := integrationNamed(value[m[2]:m[3]])
		change, known := migration.Find(i.change)
		if !ok || !i.gone || !known {
			continue
		}
		one := finding.At(f, start+m[0], start+m[1], i.change, finding.Certain)
		one.Message = "the integration of " + i.library + " is gone, so there is nothing to switch on or off"
		one.Fix = change.Instead
		found = append(found, one)
	}
	return found
}

// patchedInProcess finds them where a program gives the variable its value: os.environ[...] = "...",
// os.environ.setdefault, monkeypatch.setenv, a dictionary's pair, a keyword of dict or update.
func patchedInProcess(s *scan, n syntax.Node) {
	switch n := n.(type) {
	case *syntax.Keyword:
		if n.Name.Name == patchModules {
			s.goneModules(n.Value)
		}
	case *syntax.Dict:
		for i, key := range n.Keys {
			if c, ok := key.(*syntax.Constant); ok && c.Value == patchModules {
				s.goneModules(n.Values[i])
			}
		}
	case *syntax.Assign:
		if sub, ok := n.Targets[0].(*syntax.Subscript); ok && s.isPatchModules(sub) {
			s.goneModules(n.Value)
		}
	case *syntax.Call:
		if len(n.Args) > 1 && s.isPatchModules(n) {
			s.goneModules(n.Args[1])
		}
	}
}

// isPatchModules says that an expression is the variable in the process's environment.
func (s *scan) isPatchModules(e syntax.Expr) bool {
	name := s.m.Getenv(e)
	if name == nil {
		return false
	}
	text, ok := s.m.Const(name)
	return ok && text == patchModules
}

// goneModules reports them in a string that is written in one piece, as it is.
func (s *scan) goneModules(e syntax.Expr) {
	c, ok := e.(*syntax.Constant)
	if !ok || c.Kind != syntax.Str || len(c.Pieces) != 1 {
		return
	}
	start, end := int(c.Pieces[0].Start+c.Pieces[0].Open), int(c.Pieces[0].End-c.Pieces[0].Close)
	if string(s.file.Text[start:end]) == c.Value {
		s.found = append(s.found, goneModules(s.file, c.Value, start)...)
	}
}

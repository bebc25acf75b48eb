package ground

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
)

var requirement = regexp.MustCompile(`^ddtrace(\[[\w\s,.-]*\])?\s*[<>=~!]`)

// FindPython reports the ground in a Python file: the requirements of setup.py, noxfile.py and others,
// and the Pythons that they are for.
func FindPython(_ *names.Project, m *names.Module) []finding.Finding {
	if m.Tree == nil || !bytes.Contains(m.File.Text, []byte("ddtrace")) && !bytes.Contains(m.File.Text, []byte("python_requires")) {
		return nil
	}
	return inPython(m.File, m.Tree)
}

func inPython(f *source.File, tree *syntax.Module) []finding.Finding {
	s := scan{f: f, kind: project, base: strings.ToLower(path.Base(f.Path))}
	// Elsewhere a string that looks like a requirement may be a message or a test's data.
	installs := s.base == "setup.py" || s.base == "noxfile.py"
	syntax.Walk(tree, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Constant:
			if at, text, ok := plain(f, n); ok && requirement.MatchString(text) {
				l := line{at, text, len(text)}
				s.pin(l, 0, len("ddtrace"), false)
				if last := len(s.found) - 1; !installs && last >= 0 && s.found[last].Start >= at {
					s.found[last].Certainty = finding.Likely
				}
			}
		case *syntax.Call:
			for _, k := range n.Keywords {
				switch k.Name.Name {
				case "python_requires":
					s.requires(k.Value)
				case "python":
					if s.base == "noxfile.py" {
						s.pythons(k.Value)
					}
				}
			}
		}
		return true
	})
	s.found = append(s.found, inline(f).found...)
	slices.SortFunc(s.found, finding.Compare)
	return s.found
}

// requires judges setup(python_requires=...).
func (s *scan) requires(e syntax.Expr) {
	c, ok := e.(*syntax.Constant)
	if !ok {
		return
	}
	at, text, ok := plain(s.f, c)
	if !ok {
		return
	}
	if r, start, end := lowest(text); r != nil && r.below(3, 9) {
		l := line{at, text, len(text)}
		out := s.report(l, 0, len(text), oldPython, true, fmt.Sprintf("the project says that it runs on Python %s", text))
		if strings.HasPrefix(strings.TrimSpace(text[:start]), ">=") {
			(*edits)(out).put(l, start, end, "3.9")
		}
	}
}

// pythons judges nox's session(python=["3.8", "3.9"]).
func (s *scan) pythons(e syntax.Expr) {
	var all []syntax.Expr
	switch e := e.(type) {
	case *syntax.List:
		all = e.Elts
	case *syntax.Tuple:
		all = e.Elts
	default:
		all = []syntax.Expr{e}
	}
	for _, one := range all {
		if c, ok := one.(*syntax.Constant); ok {
			if at, text, ok := plain(s.f, c); ok {
				s.old(line{at, text, len(text)}, 0, len(text), text, true)
			}
		}
	}
}

// plain is the content of a string that is written as it is, in one piece, and where it begins.
func plain(f *source.File, c *syntax.Constant) (int, string, bool) {
	if c.Kind != syntax.Str || len(c.Pieces) != 1 || len(c.Value) > 200 {
		return 0, "", false
	}
	p := c.Pieces[0]
	start, end := int(p.Start+p.Open), int(p.End-p.Close)
	if start > end || end > len(f.Text) || string(f.Text[start:end]) != c.Value {
		return 0, "", false
	}
	return start, c.Value, true
}

package ground

import (
	"bytes"
	"regexp"
	"strings"

	"hoofprint/internal/migrate/source"
)

var (
	inlineOpen  = regexp.MustCompile(`^# /// script\s*$`)
	inlineClose = regexp.MustCompile(`^# ///\s*$`)
)

// inline judges the metadata that a script has in its comments (PEP 723): what it asks of Python and of ddtrace.
func inline(f *source.File) *scan {
	s := &scan{f: f, kind: project, base: "pyproject.toml"}
	if !bytes.Contains(f.Text, []byte("# /// script")) {
		return s
	}
	open := false
	for n := 1; n <= f.Lines(); n++ {
		text := f.Line(n)
		switch {
		case len(text) > longLine:
			return s
		case !open:
			open = inlineOpen.MatchString(text)
			continue
		case inlineClose.MatchString(text):
			s.judgeInline()
			return s
		case !strings.HasPrefix(text, "#"):
			return s // not closed: no metadata
		}
		rest := strings.TrimPrefix(text[1:], " ")
		s.lines = append(s.lines, line{f.Offset(n) + len(text) - len(rest), rest, note(project, rest)})
	}
	return s
}

func (s *scan) judgeInline() {
	if len(s.lines) == 0 {
		return
	}
	s.pins()
	for _, l := range s.lines {
		s.declared(l, l.text[:l.note], "")
	}
}

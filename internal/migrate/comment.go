package migrate

import (
	"bytes"
	"regexp"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/source"
)

// comment is `hoofprint: ignore`, written in a file.
type comment struct {
	line  int
	last  int  // the last line it is for: the next one, if nothing else is on its own
	alone bool // nothing else is on its line
	file  bool // it is for the whole file
	rules []string
	used  bool
}

var commentForm = regexp.MustCompile(`(#|//|--|;|/\*)[ \t]*hoofprint:[ \t]*ignore(-file)?\b(?:[ \t]*\[([^\]\r\n]*)\])?`)

// comments finds them in a file.
func comments(f *source.File) []*comment {
	if !bytes.Contains(f.Text, []byte("hoofprint:")) {
		return nil
	}
	var all []*comment
	for _, m := range commentForm.FindAllSubmatchIndex(f.Text, -1) {
		line := f.At(m[0]).Line
		before := strings.TrimLeft(string(f.Text[f.Offset(line):m[0]]), " \t\ufeff")
		c := &comment{line: line, alone: before == "" || before == "<!", file: m[4] >= 0}
		if m[6] >= 0 {
			c.rules = strings.FieldsFunc(string(f.Text[m[6]:m[7]]), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
			if len(c.rules) == 0 {
				c.rules = []string{""} // empty brackets are no rule, not all of them
			}
		}
		all = append(all, c)
	}
	// One that is alone is for the line after those that are alone too.
	for i := len(all) - 1; i >= 0; i-- {
		c := all[i]
		switch {
		case c.alone && i+1 < len(all) && all[i+1].alone && all[i+1].line == c.line+1:
			c.last = all[i+1].last
		case c.alone:
			c.last = c.line + 1
		default:
			c.last = c.line
		}
	}
	return all
}

// ignoredBy says whether comments take a finding out, and remembers which.
func ignoredBy(all []*comment, f finding.Finding) bool {
	ignored := false
	for _, c := range all {
		if !c.file && (f.EndLine < c.line || f.Line > c.last) {
			continue
		}
		if c.rules == nil || matchesAny(c.rules, f.Rule) {
			c.used = true
			ignored = true
		}
	}
	return ignored
}

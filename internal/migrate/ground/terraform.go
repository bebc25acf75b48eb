package ground

import (
	"regexp"
	"sort"
)

// Blocks of Terraform say on one line whose value another has.
var (
	chartTag       = regexp.MustCompile(`name\s*=\s*"agents\.image\.tag"[\s,]*(?:type\s*=\s*"\w+"[\s,]*)?value\s*=\s*"v?(\d+(?:\.\d+){0,2})`)
	chartTagBefore = regexp.MustCompile(`value\s*=\s*"v?(\d+(?:\.\d+){0,2})[\w.-]*"[\s,]*name\s*=\s*"agents\.image\.tag"`)
	pythonVariable = regexp.MustCompile(`variable\s+"\w*(?i:python_?version|python_?runtime|lambda_?runtime)\w*"\s*\{[^{}]*?\bdefault\s*=\s*"(?:python)?(\d\.\d+(?:\.\d+)?)"`)
)

// blocks finds what a Helm chart of the Agent is given, and the default of a variable for a Python.
func (s *scan) blocks() {
	if s.kind != terraform {
		return
	}
	for _, of := range []*regexp.Regexp{chartTag, chartTagBefore} {
		s.each(of, func(l line, start, end int) { s.agentAt(l, start, end, l.text[start:end], true) })
	}
	s.each(pythonVariable, func(l line, start, end int) { s.old(l, start, end, l.text[start:end], false) })
}

// each calls with the line and the place in it of an expression's first group.
func (s *scan) each(of *regexp.Regexp, judge func(l line, start, end int)) {
	rows := s.rows()
	for _, m := range of.FindAllSubmatchIndex(s.f.Text, -1) {
		i := sort.Search(len(rows), func(i int) bool { return rows[i].start > m[2] }) - 1
		if i >= 0 && m[3] <= rows[i].start+len(rows[i].text) {
			judge(rows[i], m[2]-rows[i].start, m[3]-rows[i].start)
		}
	}
}

package ground

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// pin is a requirement of ddtrace as pip, conda, Poetry and others write it: the extras, and the versions.
var (
	pipPin    = regexp.MustCompile(`^(\[[\w\s,.-]*\])?\s*(\(?\s*(?:===?|~=|!=|<=?|>=?)\s*v?\d[\w.*+-]*(?:\s*,\s*(?:===?|~=|!=|<=?|>=?)\s*v?\d[\w.*+-]*)*)`)
	condaPin  = regexp.MustCompile(`^\s*(=|==)\s*(\d[\w.*]*)`)
	poetryPin = regexp.MustCompile(`^["']?\s*[=:]\s*["']([\^~<>=!\s\d][^"']*)["']`)
	tablePin  = regexp.MustCompile(`^["']?\s*[=:]\s*\{[^}]*?\bversion["']?\s*[=:]\s*["']([^"']*)["']`)
	spacePin  = regexp.MustCompile(`^\s+(\d[\w.*]*)\s*$`)
	lockName  = regexp.MustCompile(`^\s*(?:-\s*)?["']?name["']?\s*[:=]\s*["']?ddtrace["']?\s*,?\s*$`)
	lockIs    = regexp.MustCompile(`^\s*["']?version["']?\s*[:=]\s*["']?(?:==)?(\d[\w.]*)`)
	lockAsks  = regexp.MustCompile(`\bname\s*=\s*"ddtrace"[^}]*?\bspecifier\s*=\s*"([^"]+)"`)
	addedPin  = regexp.MustCompile(`^(?:\[[\w\s,.-]*\])?@([\^~]?=?\s*\d[\w.*]*)`)
	oldMarker = regexp.MustCompile(`python_(?:full_)?version\s*(?:<\s*["']3\.[0-9](?:\.\d+)?["']|<=\s*["']3\.[0-8](?:\.\d+)?["']|==\s*["'](?:2|3\.[0-8])[.\d*]*["'])`)
)

// pins finds requirements that keep ddtrace below 4.
func (s *scan) pins() {
	if s.kind == requirements {
		s.revisions()
	}
	if !bytes.Contains(s.f.Text, []byte("ddtrace")) && s.kind != requirements {
		return
	}
	if s.kind == lock {
		s.locked()
		return
	}
	made := s.made()
	for i, l := range s.rows() {
		written := l.text
		if lower := strings.ToLower(written); s.kind == requirements && len(lower) == len(written) {
			written = lower // to pip, DDTrace is the same
		}
		if !strings.Contains(written, "ddtrace") {
			continue
		}
		for from := 0; ; {
			at := strings.Index(written[from:], "ddtrace")
			if at < 0 {
				break
			}
			at += from
			from = at + len("ddtrace")
			if at > 0 && strings.IndexByte("-_./@", l.text[at-1]) >= 0 || at > 0 && wordByte(l.text[at-1]) {
				continue
			}
			if from < len(l.text) && (wordByte(l.text[from]) || l.text[from] == '-' || l.text[from] == '.' || l.text[from] == '/') {
				continue
			}
			s.pin(l, at, from, made || i+1 < len(s.rows()) && strings.Contains(l.text+s.rows()[i+1].text, "--hash="))
		}
		if s.kind == project {
			s.table(i, l)
		}
	}
}

// revisions finds ddtrace as pip takes it from its repository.
func (s *scan) revisions() {
	for _, l := range s.rows() {
		if m := revision.FindStringSubmatchIndex(l.text); m != nil {
			if r, _ := parse(l.text[m[2]:m[3]]); r != nil && r.below(4) {
				s.report(l, m[2], m[3], heldBack, true, "ddtrace is held at "+l.text[m[2]:m[3]])
			}
		}
	}
}

var revision = regexp.MustCompile(`(?i)github\.com/datadog/dd-trace-py(?:\.git)?@v?(\d+\.\d[\w.]*)`)

// table is [tool.poetry.dependencies.ddtrace] with a line `version = "..."`.
func (s *scan) table(i int, l line) {
	name := strings.Trim(strings.TrimSpace(l.text), "[]")
	if !strings.HasPrefix(l.text, "[") || !strings.HasSuffix(name, "ependencies.ddtrace") && !strings.HasSuffix(name, "packages.ddtrace") {
		return
	}
	for _, below := range s.rows()[i+1:] {
		if strings.HasPrefix(below.text, "[") {
			return
		}
		if m := regexpVersion.FindStringSubmatchIndex(below.text); m != nil {
			s.judge(below, m[2], m[3], "==", false, true)
			return
		}
	}
}

var regexpVersion = regexp.MustCompile(`^\s*version\s*=\s*["']([^"']*)["']`)

// pin judges what follows one `ddtrace`.
func (s *scan) pin(l line, at, from int, made bool) {
	rest := l.text[from:]
	sure := s.kind == requirements || s.kind == project || s.kind == docker || s.kind == yaml || s.kind == config || s.kind == script
	if m := pipPin.FindStringSubmatchIndex(rest); m != nil {
		if m[1] < len(rest) && rest[m[1]] == '*' {
			return
		}
		if oldMarker.MatchString(rest) {
			return // for a Python that ddtrace 4 has no packages for
		}
		start := from + m[4]
		if l.text[start] == '(' {
			start++
		}
		s.judge(l, start, from+m[5], "==", made, sure && s.installs(l, at))
		return
	}
	if s.kind == project || s.base == "pipfile" || s.kind == other {
		for _, form := range []*regexp.Regexp{poetryPin, tablePin} {
			if m := form.FindStringSubmatchIndex(rest); m != nil {
				s.judge(l, from+m[2], from+m[3], "==", made, sure && !strings.HasPrefix(l.text[from+m[2]:], "{"))
				return
			}
		}
	}
	if m := addedPin.FindStringSubmatchIndex(rest); m != nil && strings.Contains(l.text[:at], " add ") {
		// Poetry's and PDM's: a version alone is that one.
		if written := rest[m[2]:m[3]]; held(written, "==", 4) {
			out := s.report(l, from+m[2], from+m[3], heldBack, sure, "ddtrace is held at "+written)
			(*edits)(out).put(l, from+m[2], from+m[3], "^4.0")
		}
		return
	}
	if s.kind == script || s.kind == docker || s.kind == yaml {
		m := condaPin.FindStringSubmatchIndex(rest)
		if before := l.text[:at]; m != nil && (strings.Contains(before, "conda install ") || strings.Contains(before, "mamba install ")) {
			s.judge(l, from+m[2], from+m[5], "=", made, true)
			return
		}
	}
	if s.kind == yaml && strings.HasPrefix(strings.TrimLeft(l.text[:at], " "), "-") {
		if m := condaPin.FindStringSubmatchIndex(rest); m != nil {
			s.judge(l, from+m[2], from+m[5], "=", made, true)
		} else if m := spacePin.FindStringSubmatchIndex(rest); m != nil {
			s.judge(l, from+m[2], from+m[3], "==", made, true)
		}
	}
}

// installs is true where a requirement is installed, not only spoken of.
func (s *scan) installs(l line, at int) bool {
	if s.kind != script && s.kind != yaml {
		return true
	}
	before := l.text[:at]
	return strings.Contains(before, "install") || strings.Contains(before, " add ") || strings.Contains(before, "--with") ||
		strings.Trim(before, " \t-\"'") == "" && s.kind == yaml || s.kind == script && strings.HasSuffix(l.text, "\\")
}

// judge reports the requirement between two offsets if it holds ddtrace below 4.
func (s *scan) judge(l line, start, end int, bare string, made, sure bool) {
	written := strings.TrimRight(l.text[start:end], " \t")
	end = start + len(written)
	if !held(written, bare, 4) {
		return
	}
	out := s.report(l, start, end, heldBack, sure, fmt.Sprintf("ddtrace is held at %s", written))
	if made {
		out.Fix = "Ask for ddtrace>=4,<5 where this file is made from, and make it again"
		return
	}
	to := raised(written, bare)
	if strings.HasPrefix(to, ">") && s.unquoted(l, start) {
		to = "~=4.0" // a shell would take > for a file
	}
	(*edits)(out).put(l, start, end, to)
}

// unquoted is true of a word of a command that has no quotes.
func (s *scan) unquoted(l line, at int) bool {
	if !strings.Contains(l.text, "install ") && s.kind != docker && s.kind != script {
		return false
	}
	word := strings.LastIndexAny(l.text[:at], " \t=")
	return !strings.ContainsAny(l.text[word+1:at], `"'`)
}

// raised is a requirement of ddtrace 4 in the style of one.
func raised(old, bare string) string {
	space := ""
	if strings.Contains(old, ", ") {
		space = " "
	}
	trimmed := strings.TrimSpace(old)
	blank := "" // after the operator
	if version := strings.TrimLeft(trimmed, "<>=~!^"); version != trimmed && strings.HasPrefix(version, " ") {
		blank = " "
		if !strings.Contains(old, ",") {
			space = " "
		}
	}
	switch {
	case strings.HasPrefix(trimmed, "^"):
		return "^" + blank + "4.0"
	case strings.HasPrefix(trimmed, "~="):
		return "~=" + blank + "4.0"
	case strings.HasPrefix(trimmed, "~"):
		return "^" + blank + "4.0"
	case bare == "=" && strings.HasPrefix(trimmed, "=") && !strings.HasPrefix(trimmed, "=="):
		return "=4"
	}
	return ">=" + blank + "4," + space + "<" + blank + "5"
}

// made is true of requirements that pip-compile, uv or pip freeze wrote.
func (s *scan) made() bool {
	head := s.f.Text[:min(len(s.f.Text), 600)]
	return bytes.Contains(head, []byte("autogenerated by")) || bytes.Contains(head, []byte("This file was autogenerated"))
}

// locked finds the version of ddtrace in a lock file.
func (s *scan) locked() {
	rows := s.rows()
	for i, l := range rows {
		if !strings.Contains(l.text, "ddtrace") {
			continue
		}
		if m := lockAsks.FindStringSubmatchIndex(l.text); m != nil {
			if written := l.text[m[2]:m[3]]; held(written, "==", 4) {
				out := s.report(l, m[2], m[3], heldBack, true, "ddtrace is held at "+written)
				out.Fix = fmt.Sprintf("Ask for ddtrace>=4,<5 in the project, then run `%s`", s.locker())
			}
			continue
		}
		entry := lockName.MatchString(l.text) || strings.HasPrefix(strings.TrimSpace(l.text), `"ddtrace": {`)
		if !entry {
			continue
		}
		for k := max(i-1, 0); k < len(rows) && k < i+40; k++ {
			if k > i && (strings.HasPrefix(rows[k].text, "[[") || lockName.MatchString(rows[k].text)) {
				break
			}
			m := lockIs.FindStringSubmatchIndex(rows[k].text)
			if m == nil {
				continue
			}
			written := rows[k].text[m[2]:m[3]]
			if r, _ := parse(written); r != nil && r.below(4) {
				out := s.report(rows[k], m[2], m[3], heldBack, true, "ddtrace is locked at "+written)
				out.Fix = fmt.Sprintf("Ask for ddtrace>=4,<5 in the project, then run `%s`", s.locker())
			}
			break
		}
	}
}

// locker is the command that writes a lock file.
func (s *scan) locker() string {
	switch s.base {
	case "poetry.lock":
		return "poetry update ddtrace"
	case "uv.lock":
		return "uv lock --upgrade-package ddtrace"
	case "pdm.lock":
		return "pdm update ddtrace"
	case "pipfile.lock":
		return "pipenv upgrade ddtrace"
	case "pixi.lock":
		return "pixi update ddtrace"
	}
	if strings.HasPrefix(s.base, "conda-lock") {
		return "conda-lock"
	}
	return "pip lock"
}

func wordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

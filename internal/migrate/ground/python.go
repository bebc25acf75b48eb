package ground

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

var (
	pythonImage = regexp.MustCompile(`(?:^|[\s"'/=])((?:python|pypy|python-\d+)[:\-]|[\w./-]+:python|lambda/python:|lambda-python:)(?:\$\{\w+:?-)?(\d+(?:\.\d+){0,2})`)
	fromLine    = regexp.MustCompile(`(?i)^\s*FROM\s`)
	argLine     = regexp.MustCompile(`(?i)^\s*(?:ARG|ENV)\s+(\w*PYTHON\w*VERSION\w*|PYTHON|PY_VER\w*|PYVERSION)[= ]["']?(\d+\.\d+(?:\.\d+)?)`)
	imageKey    = regexp.MustCompile(`(?i)^\s*(?:-\s*)?["']?(?:image|container|docker|base_image|baseImage|BASE_IMAGE|name|FROM)["']?\s*[:=]`)
	versionKey  = regexp.MustCompile(`^(\s*(?:-\s*)?)["']?(python-version|python_version|python-versions|python_versions|pythonVersion|python\.version|versionSpec|python|PYTHON_VERSION|py_version|pyversion|python-ver|tox-python|py)["']?\s*:\s*(.*)$`)
	flowVersion = regexp.MustCompile(`\{(?:[^{}]*,)?\s*["']?(?:python-version|pythonVersion|versionSpec)["']?\s*:\s*["']?(\d\.\d+(?:\.\d+)?)`)
	pythonTag   = regexp.MustCompile(`(?:[\s/]python|pypy):\$\{?(\w+)`)
	runtimeKey  = regexp.MustCompile(`(?i)^\s*(?:-\s*)?["']?(?:runtime|compatible_?runtimes?|lambda_runtime|--runtime|python_runtime)["']?\s*[:=]?\s*(.*)$`)
	runtimeName = regexp.MustCompile(`\bpython(?:(\d\.\d+)|([23])(\d{1,2}))\b`)
	bound       = regexp.MustCompile(`^\s*["']?(requires-python|python_requires|python)["']?\s*=\s*["']?([^"'#;]*)`)
	pipenvKey   = regexp.MustCompile(`^\s*python_(?:full_)?version\s*=\s*["']?(\d+\.\d+(?:\.\d+)?)`)
	classifier  = regexp.MustCompile(`Programming Language :: Python :: (2(?:\.\d+)?|3\.\d+)\b`)
	number      = regexp.MustCompile(`(?:^|[\s"'\[,=])v?((?:2|3)\.\d{1,2}(?:\.\d+)?)(?:[\s"'\],]|\.x|-dev|$)`)
	toxName     = regexp.MustCompile(`\bpy(?:3)([0-8])\b|\bpy(?:2)([67])\b`)
	toxBraces   = regexp.MustCompile(`\bpy\{([^}]*)\}`)
	layer       = regexp.MustCompile(`\bDatadog-Python([23])(\d+)(?:-ARM)?\b`)
	pipenvLock  = regexp.MustCompile(`^\s*"python_(?:full_)?version"\s*:\s*"(\d+\.\d+(?:\.\d+)?)"`)
	runtimeFlow = regexp.MustCompile(`[{,]\s*["']?[Rr]untime["']?\s*:\s*["']?python(\d\.\d+)`)
	condaBound  = regexp.MustCompile(`^\s*-\s*["']?python\s*([<>~!][\d<>=~!.,*\s]*)`)
	condaPython = regexp.MustCompile(`^\s*-\s*["']?python\s*==?\s*(\d+\.\d+(?:\.\d+)?)`)
	aptPython   = regexp.MustCompile(`\b(?:python|pyenv install (?:-\w+ )*|conda create .*python=|uv python install |uv venv --python |--python[= ])(3\.\d+|2\.7)(?:\.\d+)?(?:-dev|-venv|-slim|\b)`)
)

// python finds a Python that ddtrace 4 has no packages for.
func (s *scan) python() {
	switch s.kind {
	case docker, script, version, project, config, yaml, other, terraform:
	case lock:
		s.lockedPython()
		return
	default:
		return
	}
	if has := func(word string) bool { return bytes.Contains(s.f.Text, []byte(word)) }; s.kind != version && !has("py") && !has("Py") && !has("PY") {
		return
	}
	tags := s.tagVariables(pythonTag)
	matrix := -1 // the indentation of a key whose list is of Pythons
	section := ""
	for _, l := range s.rows() {
		text := l.text[:l.note]
		trimmed := strings.TrimSpace(text)
		if trimmed == "" {
			continue
		}
		if strings.HasPrefix(trimmed, "[") && (s.kind == project || s.kind == config || s.kind == lock) {
			section = strings.Trim(trimmed, "[] ")
		}
		indent := len(text) - len(strings.TrimLeft(text, " \t"))
		if s.kind == yaml || s.kind == other || s.kind == terraform {
			// The words that a line needs are looked for first: an expression takes its time.
			if matrix < 0 && !strings.Contains(text, "py") && !strings.Contains(text, "PY") && !strings.Contains(text, "Py") && !strings.Contains(text, "versionSpec") {
				continue
			}
		}
		if strings.Contains(text, "Datadog-Python") {
			s.layers(l, text)
		}
		switch s.kind {
		case docker, script:
			if s.kind == docker && fromLine.MatchString(text) {
				s.image(l, text, true)
				continue
			}
			if m := argLine.FindStringSubmatchIndex(text); m != nil {
				s.old(l, m[4], m[5], text[m[4]:m[5]], true)
				continue
			}
			if at, end, ok := tags.value(text); ok {
				s.old(l, at, end, text[at:end], true)
				continue
			}
			if !strings.Contains(text, "python") && !strings.Contains(text, "pyenv") {
				continue
			}
			if m := aptPython.FindStringSubmatchIndex(text); m != nil {
				s.old(l, m[2], m[3], text[m[2]:m[3]], false)
			}
		case version:
			s.versionFile(l, trimmed)
		case project, config:
			s.declared(l, text, section)
		case yaml, other, terraform:
			if matrix >= 0 && indent <= matrix && !(indent == matrix && strings.HasPrefix(trimmed, "-")) {
				matrix = -1
			}
			if m := versionKey.FindStringSubmatchIndex(text); m != nil && s.kind == yaml {
				s.numbers(l, m[6], text)
				if value := strings.TrimSpace(text[m[6]:]); value == "" || value == "|" || value == "|-" || strings.HasPrefix(text[m[6]:], "[") && !strings.Contains(text[m[6]:], "]") {
					matrix = indent
				}
				continue
			}
			if matrix >= 0 {
				if strings.HasPrefix(trimmed, "-") && !strings.Contains(trimmed, ":") || !strings.Contains(trimmed, ":") {
					s.numbers(l, indent, text)
				}
				continue
			}
			if m := runtimeKey.FindStringSubmatchIndex(text); m != nil {
				for _, n := range runtimeName.FindAllStringSubmatchIndex(text[m[2]:], -1) {
					v := ""
					if n[2] >= 0 {
						v = text[m[2]:][n[2]:n[3]]
					} else {
						v = text[m[2]:][n[4]:n[5]] + "." + text[m[2]:][n[6]:n[7]]
					}
					s.old(l, m[2]+n[0], m[2]+n[1], v, true)
				}
				continue
			}
			if m := condaPython.FindStringSubmatchIndex(text); m != nil {
				s.old(l, m[2], m[3], text[m[2]:m[3]], true)
				continue
			}
			if m := condaBound.FindStringSubmatchIndex(text); m != nil && s.kind == yaml {
				s.lowestOf(l, m[2], text[m[2]:m[3]])
				continue
			}
			if m := runtimeFlow.FindStringSubmatchIndex(text); m != nil {
				s.old(l, m[2], m[3], text[m[2]:m[3]], true)
				continue
			}
			if imageKey.MatchString(text) {
				s.image(l, text, true)
				continue
			}
			if s.kind == yaml {
				if m := flowVersion.FindStringSubmatchIndex(text); m != nil {
					s.old(l, m[2], m[3], text[m[2]:m[3]], true)
					continue
				}
				if strings.Contains(text, "tox") {
					for _, m := range toxName.FindAllStringSubmatchIndex(text, -1) {
						s.old(l, m[0], m[1], toxVersion(text, m), false)
					}
				}
			}
		}
	}
}

// layers reports layers of AWS Lambda that are made for an old Python.
func (s *scan) layers(l line, text string) {
	for _, m := range layer.FindAllStringSubmatchIndex(text, -1) {
		s.old(l, m[0], m[1], text[m[2]:m[3]]+"."+text[m[4]:m[5]], true)
	}
}

// old reports a Python if it is below 3.9.
func (s *scan) old(l line, start, end int, written string, sure bool) {
	r, _ := parse(written)
	if len(r) < 2 && !(len(r) == 1 && r[0] == 2) || r[0] < 2 || r[0] > 3 || !r.below(3, 9) {
		return
	}
	s.report(l, start, end, oldPython, sure, "Python "+written+" is used here")
}

func (s *scan) image(l line, text string, sure bool) {
	for _, m := range pythonImage.FindAllStringSubmatchIndex(text, -1) {
		s.old(l, m[4], m[5], text[m[4]:m[5]], sure)
	}
}

// numbers reports the old versions in the rest of a line.
func (s *scan) numbers(l line, from int, text string) {
	for at := from; at < len(text); {
		m := number.FindStringSubmatchIndex(text[at:])
		if m == nil {
			return
		}
		s.old(l, at+m[2], at+m[3], text[at+m[2]:at+m[3]], true)
		at += m[3]
	}
}

func (s *scan) versionFile(l line, trimmed string) {
	at := strings.Index(l.text, trimmed)
	rest := trimmed
	switch s.base {
	case "runtime.txt":
		if !strings.HasPrefix(rest, "python-") {
			return
		}
		rest = rest[len("python-"):]
	case ".tool-versions":
		if !strings.HasPrefix(rest, "python ") {
			return
		}
		s.numbers(l, at, l.text[:l.note])
		return
	}
	at += len(trimmed) - len(rest)
	if r, n := parse(rest); r != nil {
		s.old(l, at, at+n, rest[:n], true)
	}
}

// declared reads what a project says about Python in pyproject.toml, setup.cfg, Pipfile or tox.ini.
func (s *scan) declared(l line, text, section string) {
	if !strings.Contains(text, "py") && !strings.Contains(text, "Python") {
		return
	}
	if m := bound.FindStringSubmatchIndex(text); m != nil {
		key := text[m[2]:m[3]]
		poetry := strings.HasPrefix(section, "tool.poetry") && strings.HasSuffix(section, "dependencies") || section == "tool.pdm"
		tools := section == "tools" || section == "tool.mise.tools"
		if key == "python" && tools {
			s.numbers(l, m[4], text)
			return
		}
		if key != "python" || poetry {
			s.lowestOf(l, m[4], text[m[4]:m[5]])
			return
		}
	}
	if m := pipenvKey.FindStringSubmatchIndex(text); m != nil && s.base == "pipfile" {
		s.old(l, m[2], m[3], text[m[2]:m[3]], true)
		return
	}
	if m := classifier.FindStringSubmatchIndex(text); m != nil {
		s.old(l, m[2], m[3], text[m[2]:m[3]], false)
		return
	}
	if strings.HasPrefix(section, "tox") || section == "testenv" || s.base == "tox.ini" || section == "gh-actions" || section == "tool.tox" {
		for _, m := range toxName.FindAllStringSubmatchIndex(text, -1) {
			s.old(l, m[0], m[1], toxVersion(text, m), strings.Contains(text, "env"))
		}
		for _, m := range toxBraces.FindAllStringSubmatchIndex(text, -1) {
			at := m[2]
			for _, one := range strings.Split(text[m[2]:m[3]], ",") {
				name := strings.TrimSpace(one)
				if len(name) == 2 && (name[0] == '2' || name[0] == '3') {
					s.old(l, at, at+len(one), name[:1]+"."+name[1:], true)
				}
				at += len(one) + 1
			}
		}
	}
}

// lowestOf judges a requirement of Python at an offset of a line.
func (s *scan) lowestOf(l line, at int, written string) {
	written = strings.TrimRight(written, " \t")
	r, start, end := lowest(written)
	if r == nil || !r.below(3, 9) {
		return
	}
	out := s.report(l, at, at+len(written), oldPython, s.concerned(), fmt.Sprintf("the project says that it runs on Python %s", strings.TrimSpace(written)))
	if before := strings.TrimSpace(written[:start]); strings.HasPrefix(before, ">=") || strings.HasPrefix(before, "^") {
		(*edits)(out).put(l, at+start, at+end, "3.9")
	}
}

// lockedPython finds the Python that pipenv wrote down.
func (s *scan) lockedPython() {
	if s.base != "pipfile.lock" {
		return
	}
	for _, l := range s.rows() {
		if m := pipenvLock.FindStringSubmatchIndex(l.text); m != nil {
			s.old(l, m[2], m[3], l.text[m[2]:m[3]], true)
		}
	}
}

// concerned is false of a project that lists what it needs, and ddtrace is not in it.
func (s *scan) concerned() bool {
	has := func(word string) bool { return bytes.Contains(s.f.Text, []byte(word)) }
	return has("ddtrace") || has("hoofprint") || s.kind != yaml && !has("dependencies") && !has("install_requires")
}

func toxVersion(text string, m []int) string {
	if m[2] >= 0 {
		return "3." + text[m[2]:m[3]]
	}
	return "2." + text[m[4]:m[5]]
}

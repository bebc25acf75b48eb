package ground

import (
	"bytes"
	"regexp"
	"strings"
)

var (
	narrowImage    = regexp.MustCompile(`(?:^|[\s"'/=])((?:i386|arm32v[567]|armhf)/[\w./-]+)`)
	narrowPlatform = regexp.MustCompile(`\blinux/(?:386|arm/v[567]|arm)\b(?:/v[567])?`)
	platformWord   = regexp.MustCompile(`(?i)platform|--arch|TARGETPLATFORM`)
	narrowWheel    = regexp.MustCompile(`(?:manylinux\w*|musllinux\w*)_i686|\*-?_?i686|\bauto32\b|\bwin32\b|-win32`)
	wheelWord      = regexp.MustCompile(`(?i)cibw|cibuildwheel|manylinux|musllinux|archs?\b`)
	nodeArch       = regexp.MustCompile(`\bkubernetes\.io/arch["']?\s*:\s*["']?(arm|386)(?:["'\s},]|$)`)
	matrixArch     = regexp.MustCompile(`^\s*(?:-\s*)?arch(?:itecture)?s?:\s*(?:\[([^\]]*)\]|["']?(x86)["']?)\s*$`)
	setupArch      = regexp.MustCompile(`^\s*(?:-\s*)?architecture:\s*["']?(x86)["']?\s*$`)
)

// systems finds 32-bit systems, for which ddtrace 4 has no packages.
func (s *scan) systems() {
	switch s.kind {
	case docker, yaml, script, terraform, project, config, other, prose:
	default:
		return
	}
	some := false
	for _, word := range []string{"386", "arm", "i686", "x86", "auto32", "win32"} {
		some = some || bytes.Contains(s.f.Text, []byte(word))
	}
	if !some {
		return
	}
	cibw := ""
	for _, l := range s.rows() {
		text := l.text[:l.note]
		if s.kind == project && strings.HasPrefix(text, "[") {
			cibw = text
		}
		if !strings.Contains(text, "386") && !strings.Contains(text, "arm") && !strings.Contains(text, "86") && !strings.Contains(text, "32") {
			continue
		}
		if s.kind == docker && fromLine.MatchString(text) || imageKey.MatchString(text) {
			for _, m := range narrowImage.FindAllStringSubmatchIndex(text, -1) {
				name := text[m[2]:m[3]]
				sure := false
				for _, base := range []string{"python", "debian", "ubuntu", "alpine", "pypy", "fedora"} {
					sure = sure || strings.Contains(name, "/"+base)
				}
				s.report(l, m[2], m[3], oldSystem, sure, name+" is a 32-bit image")
			}
		}
		for _, m := range narrowPlatform.FindAllStringIndex(text, strings.Count(text, "linux/")) {
			if m[1] < len(text) && wordByte(text[m[1]]) {
				continue
			}
			s.report(l, m[0], m[1], oldSystem, platformWord.MatchString(text) || s.kind == yaml && strings.HasPrefix(strings.TrimSpace(text), "- linux/"), text[m[0]:m[1]]+" is a 32-bit platform")
		}
		if s.kind == yaml || s.kind == project && strings.Contains(cibw, "cibuildwheel") {
			if m := nodeArch.FindStringSubmatchIndex(text); m != nil {
				s.report(l, m[2], m[3], oldSystem, true, text[m[2]:m[3]]+" is a 32-bit platform")
			}
			if m := setupArch.FindStringSubmatchIndex(text); m != nil {
				s.report(l, m[2], m[3], oldSystem, true, "x86 is a 32-bit Python")
			}
			if m := matrixArch.FindStringSubmatchIndex(text); m != nil && bytes.Contains(s.f.Text, []byte("setup-python")) && !setupArch.MatchString(text) {
				s.matrixArch(l, text, m)
			}
			if skip := strings.Contains(strings.ToLower(text), "skip"); !skip && (s.kind == project || wheelWord.MatchString(text)) {
				if m := narrowWheel.FindStringIndex(text); m != nil {
					s.report(l, m[0], m[1], oldSystem, false, text[m[0]:m[1]]+" stands for 32-bit wheels")
				}
			}
		}
	}
}

// matrixArch reports x86 among the systems that a workflow runs on.
func (s *scan) matrixArch(l line, text string, m []int) {
	if m[4] >= 0 {
		s.report(l, m[4], m[5], oldSystem, false, "x86 stands for a 32-bit Python")
		return
	}
	at := m[2]
	for one := range strings.SplitSeq(text[m[2]:m[3]], ",") {
		name := strings.Trim(one, " \t\"'")
		if start := at + strings.Index(one, name); name == "x86" || name == "i386" || name == "i686" {
			s.report(l, start, start+len(name), oldSystem, false, name+" stands for a 32-bit Python")
		}
		at += len(one) + 1
	}
}

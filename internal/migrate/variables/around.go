package variables

import (
	"bytes"
	"strings"
)

// around says what the text next to a name makes of it, where nothing better is known.
func around(text []byte, h hit) use {
	u := use{hit: h}
	// Of a long line the neighbours say all: a file of one line may have as many hits as words.
	const near = 1000
	from := max(h.start-near, 0)
	line := lineOf(text[from:min(h.end+near, len(text))], h.start-from)
	line.start, line.end = line.start+from, line.end+from
	before, after := string(text[line.start:h.start]), string(text[h.end:line.end])
	switch {
	case endsWith(before, "$", "${", "${!", "$(", "%", "env."):
		u.role = read
	case endsWith(before, outside...):
		u.role = pass
	case setAfter(after) && !endsWith(before, "?", "&", "/"):
		u.role, u.doubt = set, told(before)
		if end := h.end + 1 + simple(after[1:]); strings.HasPrefix(after, "=") && end > h.end+1 &&
			!u.doubt && wordBefore(before) && end+1 < line.end && text[end] == ' ' && wordByte(text[end+1]) && !given(before) {
			// X=1 command: the word goes, and the space after it.
			u.cut, u.whole = span{h.start, end + 1}, true
		}
	case givenNext(before, after):
		u.role = set
	}
	return u
}

// outside is what stands before a name that is set somewhere else.
var outside = []string{"secrets.", "vars.", "params.", "ENV.", "process.env.", "getenv('", `getenv("`, "getenv(", "env('", `env("`, `Getenv("`,
	"ENV['", `ENV["`, `ENV.fetch("`, "ENV.fetch('", "env['", `env["`, "lookup('env', '", `lookup("env", "`}

// told is true where the words before a name are those of a sentence: set the variable X=1.
func told(before string) bool {
	if endsWith(before, "`", "*") {
		return true
	}
	fields := strings.Fields(before)
	if len(fields) == 0 || !wordBefore(before) && !endsWith(before, "(", "[", "{") {
		return false
	}
	last := strings.TrimLeft(fields[len(fields)-1], `"'(`)
	for i := range len(last) {
		if c := last[i]; (c < 'a' || c > 'z') && (i > 0 || c < 'A' || c > 'Z') && !(i == len(last)-1 && (c == ',' || c == '.')) {
			return false
		}
	}
	return !strings.Contains(assigners, " "+last+" ") && last != ""
}

// assigners are words after which a shell or a language takes an assignment.
const assigners = " export env set setx setenv sudo exec local declare typeset readonly time nohup then do else command let const var echo printf eval "

func endsWith(before string, ends ...string) bool {
	for _, s := range ends {
		if strings.HasSuffix(before, s) {
			return true
		}
	}
	return false
}

// setAfter is true of NAME=, NAME: and "NAME": and of the other ways to give it a value.
func setAfter(after string) bool {
	rest := after
	if rest != "" && (rest[0] == '"' || rest[0] == '\'' || rest[0] == '`') {
		if rest = strings.TrimLeft(rest[1:], " \t"); rest == "" || rest[0] != ':' && rest[0] != '=' {
			return false
		}
	}
	trimmed := strings.TrimLeft(strings.TrimPrefix(rest, "]"), " \t")
	for _, s := range []string{"==", "=~", "=>", "::"} {
		if strings.HasPrefix(trimmed, s) {
			return s == "=>"
		}
	}
	for _, s := range []string{"=", "?=", "+=", ":="} {
		if strings.HasPrefix(trimmed, s) {
			return true
		}
	}
	// A colon in prose has a space after it as well; a map's has a value or the line's end.
	return strings.HasPrefix(trimmed, ":") && (len(trimmed) == 1 || strings.ContainsRune(" \t\"'", rune(trimmed[1])))
}

// given is true where the word before is an option that takes this one: docker run -e X=1.
func given(before string) bool {
	fields := strings.Fields(before)
	return len(fields) > 0 && strings.HasPrefix(fields[len(fields)-1], "-") && fields[len(fields)-1] != "-" && fields[len(fields)-1] != "--"
}

func wordBefore(before string) bool {
	return before == "" || strings.ContainsRune(" \t\"'", rune(before[len(before)-1]))
}

// simple is the length of the plain word at the start of s: no quotes, no expansions.
func simple(s string) int {
	for i := range len(s) {
		if c := s[i]; !wordByte(c) && !strings.ContainsRune("./:,%+@-", rune(c)) {
			return i
		}
	}
	return len(s)
}

// givenNext is true of the ways to write a value after the name with nothing but blanks between.
func givenNext(before, after string) bool {
	trimmed := strings.TrimLeft(after, "\"' \t")
	lower := func(s string) string { return strings.ToLower(s[max(len(s)-30, 0):]) }
	return strings.HasSuffix(lower(strings.TrimRight(before, "\"' \t(")), "setenvironmentvariable") && strings.HasPrefix(trimmed, ",") ||
		endsWith(lower(before), "setx ", "setenv ", "fastcgi_param ") && trimmed != ""
}

// nearby is how far the line around an offset is looked at.
const nearby = 10_000

// lineOf is the line around an offset, without its end. Of a very long line it is the part nearby.
func lineOf(text []byte, at int) span {
	first, last := max(at-nearby, 0), min(at+nearby, len(text))
	start, end := at, at
	for start > first {
		from := max(start-256, first)
		if n := lastBreak(text[from:start]); n >= 0 {
			start = from + n + 1
			break
		}
		start = from
	}
	for end < last {
		to := min(end+256, last)
		if n := firstBreak(text[end:to]); n >= 0 {
			end += n
			break
		}
		end = to
	}
	return span{start, end}
}

// withEnd is a span of whole lines with the end of the last one.
func withEnd(text []byte, s span) span {
	if s.end < len(text) && text[s.end] == '\r' {
		s.end++
	}
	if s.end < len(text) && text[s.end] == '\n' {
		s.end++
	}
	return s
}

func firstBreak(part []byte) int {
	n := bytes.IndexByte(part, '\n')
	if n >= 0 {
		part = part[:n]
	}
	if r := bytes.IndexByte(part, '\r'); r >= 0 {
		return r
	}
	return n
}

func lastBreak(part []byte) int {
	if bytes.IndexByte(part, '\n') < 0 && bytes.IndexByte(part, '\r') < 0 {
		return -1 // this way round is much the quicker one
	}
	return max(bytes.LastIndexByte(part, '\n'), bytes.LastIndexByte(part, '\r'))
}

// textBefore is true if it is plain that something is before an offset in its line.
func textBefore(text []byte, at int) bool {
	for i := at - 1; i >= 0 && at-i < nearby; i-- {
		if c := text[i]; c != ' ' && c != '\t' {
			return c > ' ' && c < 0x80
		}
	}
	return false
}

// wholeLines widens a span to its lines when nothing but blanks is around it in them.
func wholeLines(text []byte, s span) (span, bool) {
	if textBefore(text, s.start) {
		return s, false
	}
	first, last := lineOf(text, s.start), lineOf(text, s.end)
	if len(bytes.TrimSpace(text[first.start:s.start])) > 0 || len(bytes.TrimSpace(text[s.end:last.end])) > 0 {
		return s, false
	}
	return withEnd(text, span{first.start, last.end}), true
}

// commented is true where a # begins a comment before the offset in its line.
func commented(text []byte, at int) bool {
	line := lineOf(text, at)
	var quote byte
	for i := line.start; i < at; i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && (i == line.start || !wordByte(text[i-1])):
			quote = c
		case c == '#' && (i == line.start || text[i-1] == ' ' || text[i-1] == '\t'):
			return true
		}
	}
	return false
}

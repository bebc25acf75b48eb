package walk

import (
	"regexp"
	"strings"
)

// pattern is one line of a .gitignore file, as gitignore(5) says.
type pattern struct {
	negated bool // begins with !: takes back what was ignored
	folder  bool // ends with /: matches folders only
	anchor  bool // has a / before its end: matches from the folder of its file

	literal string // the whole pattern, if it has no wildcard
	suffix  string // what follows the *, if that is its only wildcard
	match   *regexp.Regexp
}

// parsePattern reads a line; false for a comment, an empty line and what git takes for nothing.
func parsePattern(line string) (pattern, bool) {
	line = strings.TrimSuffix(line, "\r")
	line = trimSpaces(line)
	var p pattern
	if strings.HasPrefix(line, "#") {
		return p, false
	}
	if strings.HasPrefix(line, "!") {
		p.negated = true
		line = line[1:]
	}
	if strings.HasSuffix(line, "/") {
		p.folder = true
		line = strings.TrimSuffix(line, "/")
	}
	p.anchor = strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	if line == "" {
		return p, false
	}
	switch {
	case !strings.ContainsAny(line, `*?[\`):
		p.literal = line
	case !p.anchor && line[0] == '*' && len(line) > 1 && !strings.ContainsAny(line[1:], `*?[\`):
		p.suffix = line[1:]
	default:
		expression, ok := translate(line)
		if !ok {
			return p, false
		}
		compiled, err := regexp.Compile(expression)
		if err != nil {
			return p, false // an odd class: git takes it for a pattern that matches nothing
		}
		p.match = compiled
	}
	return p, true
}

// trimSpaces takes spaces from the end, but not one that a backslash keeps.
func trimSpaces(line string) string {
	for strings.HasSuffix(line, " ") {
		rest := line[:len(line)-1]
		slashes := len(rest) - len(strings.TrimRight(rest, `\`))
		if slashes%2 == 1 {
			break
		}
		line = rest
	}
	return line
}

// matches says whether the pattern is for a path, relative to the folder of its file.
func (p *pattern) matches(path string, isFolder bool) bool {
	if p.folder && !isFolder {
		return false
	}
	if !p.anchor {
		path = path[strings.LastIndexByte(path, '/')+1:]
	}
	switch {
	case p.literal != "":
		return path == p.literal
	case p.suffix != "":
		return strings.HasSuffix(path, p.suffix)
	}
	return p.match.MatchString(path)
}

// translate writes a glob as a regular expression, which takes linear time whatever the glob.
func translate(glob string) (string, bool) {
	var b strings.Builder
	b.WriteString(`(?s)^`)
	for i := 0; i < len(glob); {
		c := glob[i]
		switch c {
		case '*':
			end := i
			for end < len(glob) && glob[end] == '*' {
				end++
			}
			starts := i == 0 || glob[i-1] == '/'
			switch {
			case end-i == 2 && starts && end < len(glob) && glob[end] == '/':
				b.WriteString(`(?:.*/)?`)
				end++
			case end-i == 2 && starts && end == len(glob):
				b.WriteString(`.*`)
			default:
				b.WriteString(`[^/]*`)
			}
			i = end
		case '?':
			b.WriteString(`[^/]`)
			i++
		case '[':
			class, length := translateClass(glob[i:])
			if length == 0 {
				return "", false
			}
			b.WriteString(class)
			i += length
		case '\\':
			if i+1 == len(glob) {
				return "", false
			}
			b.WriteString(regexp.QuoteMeta(glob[i+1 : i+2]))
			i += 2
		default:
			b.WriteString(regexp.QuoteMeta(glob[i : i+1]))
			i++
		}
	}
	b.WriteString(`$`)
	return b.String(), true
}

// translateClass writes a class such as [!a-z] and says how many bytes it takes; 0 if it does not end.
func translateClass(glob string) (string, int) {
	var b strings.Builder
	b.WriteByte('[')
	i := 1
	negated := i < len(glob) && (glob[i] == '!' || glob[i] == '^')
	if negated {
		b.WriteString(`^/`)
		i++
	}
	for first := true; i < len(glob); first = false {
		c := glob[i]
		switch {
		case c == ']' && !first:
			b.WriteByte(']')
			return b.String(), i + 1
		case c == '[' && strings.HasPrefix(glob[i:], "[:"):
			end := strings.Index(glob[i:], ":]")
			if end < 0 {
				return "", 0
			}
			b.WriteString(glob[i : i+end+2])
			i += end + 2
			continue
		case c == '\\' && i+1 < len(glob):
			i++
			b.WriteString(regexp.QuoteMeta(glob[i : i+1]))
		case c == '-':
			if first || i+1 < len(glob) && glob[i+1] == ']' {
				b.WriteString(`\-`)
			} else {
				b.WriteByte('-')
			}
		case c == '/': // a class never matches one
			if !negated {
				b.WriteString(`\x00`)
			}
		case strings.IndexByte(`[]^\&~`, c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
		i++
	}
	return "", 0
}

package rewrite

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
)

// mark begins each comment that is left.
const mark = "TODO(hoofprint): "

// WithoutTodos is a text of the same length in which the comments that Todo left are blank, so
// that what they speak of is not taken for a use of it.
func WithoutTodos(text []byte) []byte {
	at := bytes.Index(text, []byte(mark))
	if at < 0 {
		return text
	}
	text = bytes.Clone(text)
	for next := 0; at >= 0; at = bytes.Index(text[next:], []byte(mark)) {
		for next += at; next < len(text) && text[next] != '\n' && text[next] != '\r'; next++ {
			text[next] = ' '
		}
	}
	return text
}

// Todo puts a comment above each statement with a finding, and returns the new text and how
// many comments it put there. What has its comment gets no second one.
func Todo(f *source.File, python bool, findings []finding.Finding) ([]byte, int) {
	before, after := commentStyle(f.Path, python)
	if before == "" {
		return f.Text, 0
	}
	place := placeFor(f, python)
	var edits []finding.Edit
	type note struct {
		line int
		rule string
	}
	left := map[note]bool{}
	for _, one := range findings {
		line := place(one.Start)
		key := note{line, one.Rule}
		if line == 0 || left[key] || hasTodo(f, line, one.Rule, before) {
			continue
		}
		left[key] = true
		text := f.Line(line)
		indent := text[:len(text)-len(strings.TrimLeft(text, " \t\f\ufeff"))]
		at := f.Offset(line)
		if rest, ok := strings.CutPrefix(indent, "\ufeff"); ok {
			indent = rest
			at += len("\ufeff")
		}
		said := indent + before + " " + mark + one.Rule + ": " + sentence(one) + after + lineEnd(f, line)
		edits = append(edits, finding.Edit{Start: at, End: at, New: said})
	}
	slices.SortStableFunc(edits, compare)
	var out bytes.Buffer
	done := 0
	for _, e := range edits {
		out.Write(f.Text[done:e.Start])
		out.WriteString(e.New)
		done = e.End
	}
	out.Write(f.Text[done:])
	return out.Bytes(), len(edits)
}

// sentence is what a person has to know, on one line.
func sentence(f finding.Finding) string {
	said := strings.TrimSuffix(f.Message, ".")
	if f.Fix != "" {
		said += "; " + strings.TrimSuffix(f.Fix, ".")
	}
	return strings.ReplaceAll(strings.Join(strings.Fields(said), " "), "--", "-")
}

// hasTodo looks for a rule's comment among those right above a line.
func hasTodo(f *source.File, line int, rule, style string) bool {
	for line--; line >= 1; line-- {
		text := strings.TrimLeft(f.Line(line), " \t\ufeff")
		if !strings.HasPrefix(text, style) {
			return false
		}
		if strings.Contains(text, mark+rule+":") {
			return true
		}
	}
	return false
}

func lineEnd(f *source.File, line int) string {
	whole := f.Text[f.Offset(line):f.Offset(line+1)]
	switch {
	case bytes.HasSuffix(whole, []byte("\r\n")):
		return "\r\n"
	case bytes.HasSuffix(whole, []byte("\r")):
		return "\r"
	case bytes.HasSuffix(whole, []byte("\n")) || line == 1:
		return "\n"
	}
	return lineEnd(f, line-1) // the last line has no end of its own
}

// commentStyle is what comments begin and end with in a file; "" where none can be left.
func commentStyle(name string, python bool) (before, after string) {
	if python {
		return "#", ""
	}
	base := strings.ToLower(path.Base(name))
	if strings.HasSuffix(base, ".lock") || strings.Contains(base, "lock.") {
		return "", "" // a tool writes it anew
	}
	switch path.Ext(base) {
	case ".yaml", ".yml", ".toml", ".sh", ".bash", ".zsh", ".env", ".envrc", ".flaskenv", ".cfg", ".ini", ".conf", ".service", ".tf", ".tfvars", ".hcl",
		".mk", ".properties", ".dockerfile", ".rb", ".ps1":
		return "#", ""
	case ".txt":
		if strings.Contains(base, "requirements") || strings.Contains(base, "constraints") {
			return "#", ""
		}
	case ".js", ".ts", ".jsx", ".tsx", ".go", ".java", ".groovy", ".gradle":
		return "//", ""
	case ".html", ".xml":
		return "<!--", " -->"
	}
	for _, begin := range []string{"dockerfile", "containerfile", ".env", "makefile", "procfile", "pipfile", ".envrc"} {
		if strings.HasPrefix(base, begin) {
			return "#", ""
		}
	}
	if strings.HasPrefix(base, "jenkinsfile") {
		return "//", ""
	}
	return "", ""
}

// placeFor says above which line the comment about an offset goes; 0 if there is none.
func placeFor(f *source.File, python bool) func(int) int {
	if !python {
		return func(offset int) int { return logicalLine(f, f.At(offset).Line) }
	}
	tokens, err := syntax.Tokens(f.Text)
	if err != nil {
		return func(int) int { return 0 }
	}
	var starts []int // of each logical line
	fresh := true
	for _, t := range tokens {
		switch t.Kind {
		case syntax.Newline:
			fresh = true
		case syntax.BlankNewline, syntax.Comment, syntax.Indent, syntax.Dedent, syntax.EndMarker:
		default:
			if fresh {
				starts = append(starts, int(t.Start))
			}
			fresh = false
		}
	}
	return func(offset int) int {
		i, exact := slices.BinarySearch(starts, offset)
		if !exact {
			i--
		}
		if i < 0 {
			return 0
		}
		return f.At(starts[i]).Line
	}
}

var blockScalar = regexp.MustCompile(`(?:^|[:\-\s])[|>][-+0-9]*[ \t]*(?:#.*)?$`)

// logicalLine is where what a line belongs to begins: the first of lines that a backslash
// joins, the key of a block of text in YAML.
func logicalLine(f *source.File, line int) int {
	first := line
	for first > 1 && strings.HasSuffix(strings.TrimRight(f.Line(first-1), " \t"), `\`) {
		first--
	}
	if ext := path.Ext(f.Path); ext != ".yaml" && ext != ".yml" {
		return first
	}
	depth := indentation(f.Line(first))
	for above := first - 1; above >= 1 && depth > 0; above-- {
		text := f.Line(above)
		if strings.TrimSpace(text) == "" || indentation(text) >= depth {
			continue
		}
		depth = indentation(text)
		if blockScalar.MatchString(text) {
			first = above
		}
	}
	return first
}

func indentation(line string) int {
	return len(line) - len(strings.TrimLeft(line, " \t"))
}

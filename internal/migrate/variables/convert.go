package variables

import (
	"regexp"
	"strconv"
	"strings"

	"hoofprint/internal/migrate/finding"
)

// conversion is another variable that says the same with another value.
type conversion struct {
	instead string
	value   func(old string) (string, bool)
	// json says that the new value has quotes in it.
	json bool
}

var conversions = map[string]conversion{
	"DD_PROFILING_API_TIMEOUT": {instead: "DD_PROFILING_API_TIMEOUT_MS", value: func(old string) (string, bool) {
		seconds, err := strconv.ParseFloat(old, 64)
		return strconv.FormatFloat(seconds*1000, 'f', -1, 64), err == nil && seconds > 0
	}},
	"DD_TRACE_SAMPLE_RATE": {instead: "DD_TRACE_SAMPLING_RULES", json: true, value: func(old string) (string, bool) {
		rate, err := strconv.ParseFloat(old, 64)
		return `[{"sample_rate":` + old + `}]`, err == nil && rate >= 0 && rate <= 1 && old[0] != '.' && old[len(old)-1] != '.'
	}},
	"DD_EXPERIMENTAL_APPSEC_STANDALONE_ENABLED": {instead: "DD_APM_TRACING_ENABLED", value: func(old string) (string, bool) {
		return "false", strings.EqualFold(old, "true") || old == "1"
	}},
}

var (
	valueHere  = regexp.MustCompile(`^["']?\]?[ \t]*[:=,][ \t]*(["']?)([\d.]+|[Tt]rue|TRUE)(["']?)(?:[\s,;)}\]&|"']|$)`)
	valueThere = regexp.MustCompile(`(?i)\bvalue["']?[ \t]*[:=][ \t]*(["']?)([\d.]+|true)(["']?)[ \t]*(?:[\r\n,}#]|$)`)
)

// convert is the edit of a name and its value, where the value is a literal; nil where it is not.
func convert(text []byte, u use, has func(name string) bool) []finding.Edit {
	c, ok := conversions[u.name]
	if !ok || u.role != set || has(c.instead) {
		return nil
	}
	from := u.end
	m := valueHere.FindSubmatchIndex(text[from:min(len(text), from+100)])
	if m == nil && !u.cut.empty() {
		from = u.cut.start
		m = valueThere.FindSubmatchIndex(text[from:u.cut.end])
	}
	if m == nil {
		return nil
	}
	open, end := string(text[from+m[2]:from+m[3]]), string(text[from+m[6]:from+m[7]])
	value, ok := c.value(string(text[from+m[4] : from+m[5]]))
	if !ok || open != end && (open != "" || u.start == 0 || string(text[u.start-1]) != end) {
		return nil
	}
	if c.json {
		around := end // of the value, or of all of NAME=value
		switch {
		case around == `"`:
			value = strings.ReplaceAll(value, `"`, `\"`)
		case around == "'":
		case plainItem(text, u.start) || wholeWords(text, u.start):
		default:
			value = "'" + value + "'"
		}
	}
	edits := []finding.Edit{{Start: u.start, End: u.end, New: c.instead}, {Start: from + m[4], End: from + m[5], New: value}}
	if edits[1].Start < edits[0].Start {
		edits[0], edits[1] = edits[1], edits[0]
	}
	return edits
}

// plainItem is true of `- NAME=value` in YAML, in which quotes would be part of the value.
func plainItem(text []byte, at int) bool {
	line := lineOf(text, at)
	return strings.TrimSpace(string(text[line.start:at])) == "-" && at < len(text)
}

// wholeWords is true of systemd, which knows quotes only around a whole assignment.
func wholeWords(text []byte, at int) bool {
	line := lineOf(text, at)
	return strings.HasPrefix(strings.TrimSpace(string(text[line.start:at])), "Environment=")
}

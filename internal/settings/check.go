package settings

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"net/url"
	"os"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

// Limits of a ring's size; other sizes are rounded up to a power of two.
const (
	minRingSize = 64 << 10
	maxRingSize = 1 << 30
)

// check reads the text that a variable gave. It returns the text in effect,
// and what of it is not taken as it is written, with what is used instead.
func (s Setting) check(variable, text string) (used, problem string) {
	complain := func(format string, args ...any) string {
		shown := text
		if s.Sensitive {
			shown = Hidden
		}
		return fmt.Sprintf("%s=%q ", variable, shown) + fmt.Sprintf(format, args...)
	}
	orDefault := func() string {
		if s.Default == "" {
			return "nothing is used"
		}
		return s.Default + " is used"
	}
	if len(s.Choices) > 0 && !slices.Contains(s.Choices, text) {
		return s.Default, complain("is not one of %s: %s", strings.Join(s.Choices, ", "), orDefault())
	}
	if special, ok := specials[s.Name]; ok {
		used, problem = special(s, text)
		if problem != "" {
			problem = complain("%s", problem)
		}
		return used, problem
	}
	switch s.Type {
	case Boolean:
		switch strings.ToLower(text) {
		case "true", "1", "false", "0":
		default:
			return "false", complain("is neither true nor false: false is used")
		}
	case Int, Decimal:
		number, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if s.Type == Int {
			if _, err = strconv.ParseInt(strings.TrimSpace(text), 10, 64); err != nil {
				return s.Default, complain("is not a whole number: %s", orDefault())
			}
		} else if err != nil {
			return s.Default, complain("is not a number: %s", orDefault())
		}
		if least, err := strconv.ParseFloat(s.Min, 64); err == nil && !(number >= least) {
			return s.Default, complain("is less than %s: %s", s.Min, orDefault())
		}
		if most, err := strconv.ParseFloat(s.Max, 64); err == nil && !(number <= most) {
			return s.Default, complain("is more than %s: %s", s.Max, orDefault())
		}
	}
	return text, ""
}

// specials are the settings whose text is read in a way of their own.
var specials = map[string]func(s Setting, text string) (used, problem string){
	"DD_AGENT_PORT":                            port,
	"DD_HTTP_SERVER_TAG_QUERY_STRING":          unlessFalse,
	"DD_LOGS_INJECTION":                        logsInjection,
	"DD_SERVICE":                               service,
	"DD_SERVICE_MAPPING":                       pairs,
	"DD_SPAN_SAMPLING_RULES":                   spanRules,
	"DD_SPAN_SAMPLING_RULES_FILE":              rulesFile,
	"DD_TAGS":                                  pairs,
	"DD_TRACE_AGENT_PORT":                      port,
	"DD_TRACE_AGENT_URL":                       agentAddress,
	"DD_TRACE_API_VERSION":                     apiVersion,
	"DD_TRACE_HTTP_CLIENT_TAG_QUERY_STRING":    unlessFalse,
	"DD_TRACE_HTTP_SERVER_ERROR_STATUSES":      statuses,
	"DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP": expression,
	"DD_TRACE_METHODS":                         methods,
	"DD_TRACE_PARTIAL_FLUSH_MIN_SPANS":         atLeast(1),
	"DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT":    behavior,
	"DD_TRACE_PROPAGATION_STYLE_EXTRACT":       styles,
	"DD_TRACE_PROPAGATION_STYLE_INJECT":        styles,
	"DD_TRACE_RING_SIZE":                       ringSize,
	"DD_TRACE_SAMPLING_RULES":                  traceRules,
	"DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH":       atLeast(0),
}

func unlessFalse(_ Setting, text string) (string, string) {
	switch strings.ToLower(text) {
	case "true", "1", "false", "0":
		return text, ""
	}
	return "true", "is neither true nor false: true is used"
}

func logsInjection(_ Setting, text string) (string, string) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "1", "structured":
		return "true", ""
	case "false", "0":
		return "false", ""
	}
	return "false", "is not one of true, false, structured: false is used"
}

func service(_ Setting, text string) (string, string) {
	if text == "" {
		return "", "is empty: so is the service of every span; unset it to have one inferred"
	}
	return text, ""
}

func pairs(_ Setting, text string) (string, string) {
	for _, pair := range Pairs(text) {
		switch {
		case pair.Key == "":
			return text, fmt.Sprintf("has a pair without a key, %q, which is ignored", ":"+pair.Value)
		case !pair.Colon:
			return text, fmt.Sprintf("has %q, which is no key:value and gets an empty value", pair.Key)
		}
	}
	return text, ""
}

func port(s Setting, text string) (string, string) {
	number, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || number < 0 || number > 65535 {
		return s.Default, "is not a port from 0 to 65535: the default is used"
	}
	return text, ""
}

func atLeast(least int64) func(Setting, string) (string, string) {
	return func(s Setting, text string) (string, string) {
		number, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return s.Default, "is not a whole number: " + s.Default + " is used"
		}
		if number < least {
			return strconv.FormatInt(least, 10), fmt.Sprintf("is less than %d: %[1]d is used", least)
		}
		return text, ""
	}
}

var dotted = regexp.MustCompile(`^[\pL_][\pL\pN_]*(\.[\pL_][\pL\pN_]*)*$`)

func methods(_ Setting, text string) (string, string) {
	if text == "" {
		return text, ""
	}
	for _, part := range strings.Split(text, ";") {
		module, names, _ := strings.Cut(part, ":")
		wrong := module == "" || slices.ContainsFunc(strings.Split(names, ","), func(name string) bool { return !dotted.MatchString(name) })
		switch {
		case wrong:
			return text, fmt.Sprintf("traces nothing: %q is not of the form module:function,Class.method", part)
		case module == "__main__":
			return text, "traces nothing: the functions of __main__ are not there yet when tracing starts"
		}
	}
	return text, ""
}

func agentAddress(_ Setting, text string) (string, string) {
	if text == "" {
		return text, ""
	}
	parsed, err := url.Parse(text)
	switch {
	case err != nil:
		return text, "is no address: it must be http://host:port or unix:///path"
	case parsed.Scheme == "unix" && strings.Trim(parsed.Path, "/") == "":
		return text, "has no path: it must be unix:///path"
	case parsed.Scheme == "unix":
	case parsed.Scheme != "http" && parsed.Scheme != "https":
		return text, "begins with none of http://, https://, unix://: traces go to the default agent"
	case parsed.Hostname() == "":
		return text, "has no host: traces go to the default agent"
	}
	return text, ""
}

func apiVersion(_ Setting, text string) (string, string) {
	switch text {
	case "", "v0.4", "v0.5":
		return text, ""
	}
	return "", "is not v0.4 or v0.5: what the agent prefers is used"
}

func behavior(s Setting, text string) (string, string) {
	switch lowered := strings.ToLower(text); lowered {
	case "continue", "restart", "ignore":
		return lowered, ""
	}
	return s.Default, "is not continue, restart or ignore: continue is used"
}

func styles(_ Setting, text string) (string, string) {
	known := []string{"datadog", "tracecontext", "b3multi", "b3", "baggage", "none"}
	var taken, unknown []string
	for _, style := range strings.Split(text, ",") {
		style = strings.ToLower(strings.TrimSpace(style))
		if slices.Contains(known, style) {
			taken = append(taken, style)
		} else if style != "" {
			unknown = append(unknown, style)
		}
	}
	problem := ""
	if len(unknown) > 0 {
		problem = fmt.Sprintf("has unknown styles, which are left out: %s; known are %s",
			strings.Join(unknown, ", "), strings.Join(known, ", "))
		if slices.Contains(unknown, "b3 single header") {
			problem += "; b3 is what was b3 single header"
		}
	}
	return strings.Join(taken, ","), problem
}

func statuses(_ Setting, text string) (string, string) {
	var taken, wrong []string
	for _, part := range strings.Split(text, ",") {
		fine := true
		for _, code := range strings.Split(part, "-") {
			if _, err := strconv.Atoi(strings.TrimSpace(code)); err != nil {
				fine = false
			}
		}
		if fine {
			taken = append(taken, part)
		} else {
			wrong = append(wrong, strconv.Quote(part))
		}
	}
	if len(wrong) > 0 {
		return strings.Join(taken, ","), "has what is no range of status codes and is ignored: " + strings.Join(wrong, ", ")
	}
	return text, ""
}

// expression finds what no dialect takes; Python's knows more than Go's.
func expression(_ Setting, text string) (string, string) {
	for _, r := range text {
		if r > 127 {
			return text, "is no regular expression of ASCII: URLs lose their query"
		}
	}
	var wrong *syntax.Error
	if _, err := syntax.Parse(text, syntax.Perl); errors.As(err, &wrong) {
		switch wrong.Code {
		case syntax.ErrMissingParen, syntax.ErrUnexpectedParen, syntax.ErrMissingBracket,
			syntax.ErrTrailingBackslash, syntax.ErrMissingRepeatArgument, syntax.ErrInvalidCharRange:
			return text, fmt.Sprintf("is no regular expression (%s): URLs lose their query", wrong.Code)
		}
	}
	return text, ""
}

func ringSize(s Setting, text string) (string, string) {
	size, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return s.Default, "is not a whole number: " + s.Default + " is used"
	}
	rounded := int64(minRingSize)
	if size > minRingSize {
		rounded = maxRingSize
		if size < maxRingSize {
			rounded = 1 << bits.Len64(uint64(size-1))
		}
	}
	if rounded != size {
		return strconv.FormatInt(rounded, 10), fmt.Sprintf("is no size of a ring: the power of two %d is used", rounded)
	}
	return text, ""
}

func traceRules(_ Setting, text string) (string, string) {
	return rules(text, func(rule map[string]any) string {
		rate, ok := rule["sample_rate"]
		if !ok {
			return "has no sample_rate and is ignored"
		}
		for key := range rule {
			switch key {
			case "sample_rate", "service", "name", "resource", "tags", "provenance", "discard":
			default:
				return fmt.Sprintf("has an unknown key, %s, and is ignored", key)
			}
		}
		return cmp.Or(patternProblem(rule), rateProblem(rate))
	})
}

func patternProblem(rule map[string]any) string {
	for _, key := range []string{"service", "name", "resource"} {
		if _, ok := rule[key].(string); !ok && rule[key] != nil {
			return fmt.Sprintf("has a %s that is no text, %v, and is ignored", key, rule[key])
		}
	}
	return ""
}

func spanRules(_ Setting, text string) (string, string) {
	return rules(text, func(rule map[string]any) string {
		if rule["service"] == nil && rule["name"] == nil {
			return "has neither a service nor a name and is ignored"
		}
		if problem := patternProblem(rule); problem != "" {
			return problem
		}
		if rate, ok := rule["sample_rate"]; ok {
			return rateProblem(rate)
		}
		return ""
	})
}

func rateProblem(rate any) string {
	number, ok := rate.(float64)
	if text, isText := rate.(string); isText {
		var err error
		number, err = strconv.ParseFloat(strings.TrimSpace(text), 64)
		ok = err == nil
	}
	switch {
	case !ok:
		return fmt.Sprintf("has a sample_rate that is no number, %v, and is ignored", rate)
	case number < 0:
		return fmt.Sprintf("has a sample_rate below 0, %v: 0 is used", rate)
	case number > 1:
		return fmt.Sprintf("has a sample_rate above 1, %v: 1 is used", rate)
	}
	return ""
}

func rules(text string, wrong func(map[string]any) string) (string, string) {
	if text == "" {
		return text, ""
	}
	var list []json.RawMessage
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return text, "is no JSON list of rules and is ignored: " + err.Error()
	}
	for i, raw := range list {
		var rule map[string]any
		if err := json.Unmarshal(raw, &rule); err != nil || rule == nil {
			return text, fmt.Sprintf("has a rule that is no object and is ignored, number %d", i+1)
		}
		if problem := wrong(rule); problem != "" {
			return text, fmt.Sprintf("has a rule, number %d, that %s", i+1, problem)
		}
	}
	return text, ""
}

func rulesFile(s Setting, text string) (string, string) {
	if text == "" {
		return text, ""
	}
	content, err := os.ReadFile(text)
	if err != nil {
		return text, "cannot be read, no rules are taken from it: " + err.Error()
	}
	_, problem := spanRules(s, string(content))
	return text, problem
}

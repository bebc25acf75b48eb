package rules

import (
	"bytes"
	"regexp"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
	"hoofprint/migration"
)

// A plugin's name, and the option that loads it; \b does not see the "_" of longer names.
var (
	plugin = regexp.MustCompile(`ddtrace\.pytest_(benchmark|bdd)\b`)
	option = regexp.MustCompile(`[ \t]*(?:^|[ \t])-p[ =]?(no:)?ddtrace\.pytest_(?:benchmark|bdd)\b`)
)

// FindText finds in files that are not Python what loads a pytest plugin or names an integration
// that is gone.
func FindText(f *source.File) []finding.Finding {
	plugins, modules := bytes.Contains(f.Text, []byte("ddtrace.pytest_")), bytes.Contains(f.Text, []byte(patchModules))
	if !plugins && !modules {
		return nil
	}
	var found []finding.Finding
	mended := 0
	for line := 1; line <= f.Lines(); line++ {
		text, start := f.Line(line), f.Offset(line)
		if modules {
			found = append(found, patchedModules(f, text, start)...)
		}
		for _, at := range plugin.FindAllStringSubmatchIndex(text, -1) {
			one, ok := pluginFinding(f, text, start, at)
			if !ok || commented(text[:at[0]]) {
				continue
			}
			if len(one.Edits) > 0 { // the space between two of them goes once
				e := &one.Edits[0]
				e.Start, mended = max(e.Start, mended), e.End
			}
			found = append(found, one)
		}
	}
	return found
}

// pluginFinding is about a plugin's name in a line of text that begins at start.
func pluginFinding(f *source.File, text string, start int, at []int) (finding.Finding, bool) {
	id := "pytest-" + text[at[2]:at[3]] + "-plugin"
	change, ok := migration.Find(id)
	one := finding.At(f, start+at[0], start+at[1], id, finding.Certain)
	one.Message, one.Fix = change.Why, change.Instead
	for _, whole := range option.FindAllStringSubmatchIndex(text, -1) {
		if whole[1] != at[1] {
			continue
		}
		if whole[2] >= 0 {
			one.Message = "pytest has no plugin " + text[at[0]:at[1]] + " to leave out any more"
		}
		from := whole[0]
		to := whole[1]
		if from == 0 || strings.HasSuffix(strings.TrimRight(text[:from], " \t"), "=") {
			// The first option: the space after it goes, that before it stays.
			from += len(text[from:to]) - len(strings.TrimLeft(text[from:to], " \t"))
			to += len(text[to:]) - len(strings.TrimLeft(text[to:], " \t"))
		}
		if rest := strings.TrimSpace(text[:from] + text[to:]); rest != "" && !strings.HasSuffix(rest, "=") {
			one.Edits, one.Safe = []finding.Edit{{Start: start + from, End: start + to}}, true
		}
	}
	return one, ok
}

// commented says that what follows on the line is a comment, in files of most kinds.
func commented(before string) bool {
	before = strings.TrimLeft(before, " \t")
	return strings.HasPrefix(before, "#") || strings.HasPrefix(before, ";") || strings.Contains(before, " # ")
}

// pytestPlugins finds them in Python: in pytest_plugins, and in the arguments of pytest.
func pytestPlugins(s *scan, n syntax.Node) {
	c, ok := n.(*syntax.Constant)
	if !ok || c.Kind != syntax.Str || len(c.Value) > 1000 || !strings.Contains(c.Value, "ddtrace.pytest_") || s.docstring(c) {
		return
	}
	name := strings.TrimPrefix(strings.TrimPrefix(c.Value, "-p"), "no:")
	at := plugin.FindStringSubmatch(c.Value)
	if at == nil {
		return
	}
	sure := finding.Likely
	if strings.TrimSpace(name) == at[0] {
		sure = finding.Certain
	}
	s.behaves("pytest-"+at[1]+"-plugin", c, sure)
}

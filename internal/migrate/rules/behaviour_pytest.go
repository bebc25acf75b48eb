package rules

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
	"hoofprint/migration"
)

// A plugin's name, and the option that loads it; \b does not see the "_" of longer names.
var (
	plugin = regexp.MustCompile(`ddtrace\.pytest_(benchmark|bdd)\b`)
	option = regexp.MustCompile(`[ \t]*(?:^|[ \t=]|=[ \t]*["'])-p[ =]?(no:)?ddtrace\.pytest_(?:benchmark|bdd)\b`)
	pair   = regexp.MustCompile(`(?:"-p"|'-p'),[ \t]*["'](?:no:)?ddtrace\.pytest_(?:benchmark|bdd)["']`)
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
		if cut := strings.LastIndexAny(text[from:to-len(text[at[0]:at[1]])], "\"'"); cut >= 0 {
			from += cut + 1
		} else if cut = strings.IndexByte(text[from:to], '='); cut >= 0 && strings.TrimLeft(text[from:from+cut], " \t") == "" {
			from += cut + 1
		}
		if quoted := from > 0 && (text[from-1] == '"' || text[from-1] == '\''); quoted || from == 0 || strings.HasSuffix(strings.TrimRight(text[:from], " \t"), "=") {
			// The first option: the space after it goes, that before it stays.
			from += len(text[from:to]) - len(strings.TrimLeft(text[from:to], " \t"))
			to += len(text[to:]) - len(strings.TrimLeft(text[to:], " \t"))
		}
		rest := strings.TrimSpace(text[:from] + text[to:])
		if rest != "" && rest != "-" && (!strings.HasSuffix(rest, "=") || strings.Contains(rest, "addopts")) {
			one.Edits, one.Safe = []finding.Edit{{Start: start + from, End: start + to}}, true
		}
		return one, ok
	}
	for _, whole := range pair.FindAllStringIndex(text, -1) {
		if whole[0] > at[0] || at[1] > whole[1] {
			continue
		}
		// Two elements of a list go with the comma behind them, the last ones with that before.
		from, to := whole[0], whole[1]
		if next := strings.TrimLeft(text[to:], " \t"); strings.HasPrefix(next, ",") {
			to = len(text) - len(strings.TrimLeft(next[1:], " \t"))
		} else if before := strings.TrimRight(text[:from], " \t"); strings.HasSuffix(before, ",") {
			from = len(before) - 1
		}
		one.Edits, one.Safe = []finding.Edit{{Start: start + from, End: start + to}}, true
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
	f := s.behaves("pytest-"+at[1]+"-plugin", c, sure)
	if sure == finding.Certain {
		f.Edits = s.withoutPlugin(c)
		f.Safe = len(f.Edits) > 0
	}
}

// withoutPlugin takes a plugin out of a list of them, or "-p" and its name out of arguments.
func (s *scan) withoutPlugin(c *syntax.Constant) []finding.Edit {
	list, ok := s.m.Parent(c).(*syntax.List)
	if !ok {
		return nil
	}
	last := slices.Index(list.Elts, syntax.Expr(c))
	first := last
	if last < 0 {
		return nil
	}
	if !strings.HasPrefix(c.Value, "-p") {
		if p, ok := list.Elts[max(last-1, 0)].(*syntax.Constant); ok && p.Kind == syntax.Str && p.Value == "-p" {
			first--
		} else if a, ok := s.m.Parent(list).(*syntax.Assign); !ok || len(a.Targets) != 1 || s.text(a.Targets[0]) != "pytest_plugins" {
			return nil
		}
	}
	start, _ := list.Elts[first].Range()
	_, end := list.Elts[last].Range()
	text := s.file.Text
	switch {
	case last+1 < len(list.Elts):
		end, _ = list.Elts[last+1].Range()
	case first > 0:
		before, ok := list.Elts[first-1].(*syntax.Constant)
		if ok && strings.Contains(before.Value, "ddtrace.pytest_") {
			return nil // which takes this comma with it
		}
		_, start = list.Elts[first-1].Range()
	}
	if bytes.ContainsAny(text[start:end], "#()") {
		return nil
	}
	return []finding.Edit{{Start: start, End: end}}
}

// Package variables finds the environment variables that ddtrace 4 does not read any more, or reads
// under another name, in any text file: where they are set, passed on, read, or only spoken of.
//
// A variable's name is distinctive, so the files are not parsed in full: one pass over the bytes
// finds the names, and what stands around each name, in the way of its kind of file, says whether
// it is set there and which bytes that takes. Templates that are not valid YAML or JSON are read too.
package variables

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"sync"

	"hoofprint/migration"
)

// variable is a name of the registry.
type variable struct {
	change *migration.Change
	// instead is the variable with the same meaning, if there is one.
	instead string
	// prefix and suffix are those of a family of variables, DD_<INTEGRATION>_ANALYTICS_ENABLED.
	prefix, suffix string
}

type table struct {
	exact    map[string]variable
	families []variable // the most exact first
	anchors  [][]byte   // every name contains one of them
}

// known is the table of all variables of the registry.
var known = sync.OnceValue(func() *table { return newTable(migration.Changes()) })

func newTable(changes []migration.Change) *table {
	t := &table{exact: map[string]variable{}}
	for i := range changes {
		c := &changes[i]
		if c.Kind != migration.Setting {
			continue
		}
		for _, name := range c.Names {
			if before, rest, family := cutFamily(name); family {
				v := variable{change: c, instead: c.Renames[name], prefix: before, suffix: rest}
				t.families = append(t.families, v)
				t.anchor(cmp.Or(before, rest))
				continue
			}
			if !isName(name) {
				continue
			}
			t.exact[name] = variable{change: c, instead: c.Renames[name]}
			t.anchor(name)
		}
	}
	slices.SortStableFunc(t.families, func(a, b variable) int {
		return len(b.prefix) + len(b.suffix) - len(a.prefix) - len(a.suffix)
	})
	return t
}

// cutFamily takes DD_<INTEGRATION>_X and DD_*_X apart.
func cutFamily(name string) (before, after string, ok bool) {
	if before, rest, found := strings.Cut(name, "<"); found {
		if _, after, found := strings.Cut(rest, ">"); found {
			return before, after, isName(before + "X" + after)
		}
		return "", "", false
	}
	before, after, ok = strings.Cut(name, "*")
	return before, after, ok && isName(before+"X"+after)
}

// anchor keeps the few byte strings that a file must hold to hold a name.
func (t *table) anchor(name string) {
	of := []byte(name)
	for _, common := range []string{"DD_", "DATADOG_"} {
		if strings.Contains(name, common) {
			of = []byte(common)
			break
		}
	}
	if !slices.ContainsFunc(t.anchors, func(a []byte) bool { return bytes.Equal(a, of) }) {
		t.anchors = append(t.anchors, of)
	}
}

func (t *table) find(name string) (variable, bool) {
	if v, ok := t.exact[name]; ok {
		return v, true
	}
	for _, v := range t.families {
		if len(name) <= len(v.prefix)+len(v.suffix) || !strings.HasPrefix(name, v.prefix) || !strings.HasSuffix(name, v.suffix) {
			continue
		}
		middle := name[len(v.prefix) : len(name)-len(v.suffix)]
		if before, after, ok := cutFamily(v.instead); ok {
			v.instead = before + middle + after
		}
		return v, true
	}
	return variable{}, false
}

// A name of one letter between underscores or in lower case is no variable's.
func isName(s string) bool {
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c != '_' && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// hit is a name in a text.
type hit struct {
	variable
	name       string
	start, end int
}

// hits finds the names of the table in a text, in their order.
func (t *table) hits(text []byte) []hit {
	var found []hit
	for _, anchor := range t.anchors {
		for at := 0; ; {
			i := bytes.Index(text[at:], anchor)
			if i < 0 {
				break
			}
			at += i
			start, end := at, at
			for start > 0 && wordByte(text[start-1]) && at-start < longest {
				start--
			}
			for end < len(text) && wordByte(text[end]) && end-at < longest {
				end++
			}
			at = end
			start += escaped(text, start)
			if v, ok := t.find(string(text[start:end])); ok {
				found = append(found, hit{v, string(text[start:end]), start, end})
			}
		}
	}
	slices.SortFunc(found, func(a, b hit) int { return cmp.Compare(a.start, b.start) })
	return slices.CompactFunc(found, func(a, b hit) bool { return a.start == b.start })
}

// longest bounds a name's length on each side of its anchor.
const longest = 100

// escaped is 1 where the word's first letter belongs to an escape before it, as in "\nDD_X=1".
func escaped(text []byte, start int) int {
	if start > 0 && text[start-1] == '\\' && start < len(text) && (text[start] == 'n' || text[start] == 't' || text[start] == 'r') {
		return 1
	}
	return 0
}

func wordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

package variables

import (
	"bytes"
	"fmt"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/source"
	"hoofprint/migration"
)

// role is what a file does with a variable.
type role int

const (
	mention role = iota // speaks of it: a comment, prose, a string of unknown purpose
	read                // takes its value
	pass                // hands on, declares or unsets one that is set elsewhere
	again               // names one again that the same program sets: unset X, export X
	set                 // gives it a value
)

// use is a hit whose surroundings are understood.
type use struct {
	hit
	role role
	// doubt makes a use that is understood a likely one: the file may be another tracer's.
	doubt bool
	// cut are the bytes to remove with the setting; none when start == end.
	cut span
	// whole says that without them the file stays valid and does the same otherwise.
	whole bool
}

type span struct{ start, end int }

func (s span) empty() bool { return s.end <= s.start }

// Find reports the variables in a file that is not Python; see FindPython.
func Find(f *source.File) []finding.Finding { return find(known(), f) }

func find(t *table, f *source.File) []finding.Finding {
	hits := t.hits(f.Text)
	if len(hits) == 0 || bytes.IndexByte(f.Text[:min(len(f.Text), 8000)], 0) >= 0 {
		return nil
	}
	kind := kindOf(f.Path, f.Text)
	if kind == python {
		return nil
	}
	return findings(f, uses(kind, f.Text, hits))
}

// shared are variables that others read too: the package datadog, or programs for themselves.
var shared = map[string]bool{"DATADOG_TAGS": true, "DATADOG_ENV": true}

// findings words the uses of one file, and decides about the edits.
func findings(f *source.File, uses []use) []finding.Finding {
	var found []finding.Finding
	given := map[string]int{}  // the first line that sets it
	taken := map[string]bool{} // read at all
	early := map[string]bool{} // read where this file has not set it yet
	lines := map[string]map[int]bool{}
	for _, u := range uses {
		line := f.At(u.start).Line
		if u.role == set {
			if lines[u.name] == nil {
				lines[u.name] = map[int]bool{}
				given[u.name] = line
			}
			lines[u.name][line] = true
		}
	}
	rival := map[string]string{} // by the new name, an old one
	for _, u := range uses {
		if old, ok := rival[u.instead]; ok && old != u.name {
			rival[u.instead] = "" // two old names, of which one can be it
		} else if !ok {
			rival[u.instead] = u.name
		}
	}
	own := func(u use) bool {
		first, ok := given[u.name]
		return ok && first < f.At(u.start).Line
	}
	for _, u := range uses {
		if u.role == read || u.role == again {
			taken[u.name] = taken[u.name] || u.role == read
			// X=${X:-default} takes the outer one, and goes on doing so.
			early[u.name] = early[u.name] || !own(u) && !lines[u.name][f.At(u.start).Line]
		}
	}
	words := map[string]bool{}
	has := func(name string) bool { // asked again for each use of a name
		known, ok := words[name]
		if !ok {
			known = hasWord(f.Text, name)
			words[name] = known
		}
		return known
	}
	for _, u := range uses {
		sure := finding.Certain
		if u.role == mention || u.doubt || shared[u.name] {
			sure = finding.Likely
		}
		out := finding.At(f, u.start, u.end, u.change.ID, sure)
		out.Message = message(u)
		out.Fix = u.change.Instead
		switch {
		case u.instead != "":
			out.Fix = fmt.Sprintf("Write %s", u.instead)
			if rival[u.instead] == "" {
				out.Fix = fmt.Sprintf("Write %s in place of all the old names of it in this file", u.instead)
				break
			}
			if has(u.instead) {
				out.Fix = fmt.Sprintf("Keep %s alone, which is in this file as well", u.instead)
				break
			}
			out.Edits = []finding.Edit{{Start: u.start, End: u.end, New: u.instead}}
			// What reads or passes on a variable fits only with where it is set.
			out.Safe = (u.role == set || (u.role == read || u.role == again) && own(u)) && !early[u.name]
			out.Safe = out.Safe && u.change.Fix == "safe"
		case u.change.Fix == "unsafe":
			out.Edits = convert(f.Text, u, has)
		case idle(u.change) && !u.cut.empty():
			out.Edits = []finding.Edit{{Start: u.cut.start, End: u.cut.end}}
			out.Safe = u.whole && !taken[u.name]
		}
		out.Safe = out.Safe && sure == finding.Certain
		found = append(found, out)
	}
	return found
}

// idle is true of a variable that may go, for it does nothing any more and nothing takes its place.
func idle(c *migration.Change) bool {
	return c.What == migration.Removed && c.Fix == "safe" && len(c.Renames) == 0
}

func message(u use) string {
	if strings.Contains(u.change.Why, u.name) {
		return u.change.Why
	}
	return u.name + ": " + u.change.Why
}

// hasWord finds a name that is not part of a longer one.
func hasWord(text []byte, name string) bool {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(name))
		if i < 0 {
			return false
		}
		start, end := at+i, at+i+len(name)
		if (start == 0 || !wordByte(text[start-1])) && (end == len(text) || !wordByte(text[end])) {
			return true
		}
		at = end
	}
}

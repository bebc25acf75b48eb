package variables

import (
	"bytes"
	"strings"
)

// inMakefile understands assignments of make, and the commands of recipes and of a Procfile.
func inMakefile(text []byte, hits []hit) []use {
	var uses []use
	for next := 0; next < len(hits); {
		whole := logicalLine(text, hits[next].start)
		from := next
		for next < len(hits) && hits[next].start < whole.end {
			next++
		}
		next = max(next, from+1)
		uses = append(uses, makeLine(text, whole, hits[from:next])...)
	}
	return uses
}

func makeLine(text []byte, whole span, hits []hit) []use {
	first := string(text[whole.start:min(whole.start+1, whole.end)])
	line := text[whole.start:whole.end]
	if first == "\t" {
		return inCommands(text, whole, hits, false)
	}
	before := string(text[whole.start:hits[0].start])
	after := string(text[hits[0].end:whole.end])
	lead := strings.TrimSpace(before)
	if (lead == "" || lead == "export" || lead == "override" || lead == "override export" || lead == "unexport") && len(hits) == 1 {
		u := around(text, hits[0])
		u.cut = span{}
		switch {
		case strings.HasPrefix(strings.TrimSpace(after), "?="):
			u.role = pass // only if it is not given
		case u.role == set:
			u.cut, u.whole = withEnd(text, whole), !bytes.Contains(line, []byte("$(shell")) && !bytes.Contains(line, []byte("`"))
		case strings.TrimSpace(after) == "" && lead != "":
			u.role, u.cut, u.whole = pass, withEnd(text, whole), true
		}
		return []use{u}
	}
	if colon := bytes.IndexByte(line, ':'); colon >= 0 && whole.start+colon < hits[0].start && !bytes.HasPrefix(line[colon:], []byte(":=")) {
		of := inCommands(text, span{whole.start + colon + 1, whole.end}, hits, false)
		if rest := strings.TrimLeft(after, " \t"); rest != after && strings.HasPrefix(rest, "=") || strings.HasPrefix(rest, ":=") || strings.HasPrefix(rest, "?=") {
			of[0].role, of[0].cut = set, span{} // a target's own variable
		}
		return of
	}
	return inCommands(text, whole, hits, false)
}

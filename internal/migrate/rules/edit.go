package rules

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/syntax"
)

// put is the edit that writes text in place of a node.
func put(n syntax.Node, text string) finding.Edit {
	start, end := n.Range()
	return finding.Edit{Start: start, End: end, New: text}
}

// slot is one argument of a call with the parentheses around it, and the comma after it.
type slot struct {
	start, end int
	comma      int // offset, or -1
}

// slots are the arguments of a call in the order of the source; nil if they cannot be told.
func (s *scan) slots(c *syntax.Call) []slot {
	base := int(c.Open)
	text := s.file.Text[base : int(c.Close)+1]
	tokens, err := syntax.Tokens(text)
	if err != nil {
		return nil
	}
	var all []slot
	depth := 0
	open := slot{-1, -1, -1}
	for _, t := range tokens {
		word := text[t.Start:t.End]
		switch {
		case t.Kind == syntax.Comment || t.Start == t.End || t.Kind == syntax.Newline || t.Kind == syntax.BlankNewline:
			continue
		case t.Kind == syntax.FStringMiddle || t.Kind == syntax.StringLiteral || len(word) != 1:
		case bytes.IndexByte([]byte("([{"), word[0]) >= 0:
			depth++
			if depth == 1 {
				continue
			}
		case bytes.IndexByte([]byte(")]}"), word[0]) >= 0:
			depth--
			if depth == 0 {
				continue
			}
		case depth == 1 && word[0] == ',':
			if open.start >= 0 {
				open.comma = base + int(t.Start)
				all = append(all, open)
			}
			open = slot{-1, -1, -1}
			continue
		}
		if open.start < 0 {
			open.start = base + int(t.Start)
		}
		open.end = base + int(t.End)
	}
	if open.start >= 0 {
		all = append(all, open)
	}
	if len(all) != len(c.Args)+len(c.Keywords) {
		return nil // a generator's comma or the like was misread
	}
	return all
}

// slotOf is where among slots a node lies.
func slotOf(all []slot, n syntax.Node) int {
	start, end := n.Range()
	for i, x := range all {
		if x.start <= start && end <= x.end {
			return i
		}
	}
	return -1
}

// withoutArgument is the edit that takes an argument out of a call, with a comma and the white
// space that were its own. The edits of several arguments of one call do not overlap.
func (s *scan) withoutArgument(c *syntax.Call, argument syntax.Node) []finding.Edit {
	all := s.slots(c)
	i := slotOf(all, argument)
	if i < 0 {
		return nil
	}
	x, text := all[i], s.file.Text
	if !s.ownsComma(all, i) && (i == 0 || !s.ownsComma(all, i-1)) {
		if i > 0 {
			from := all[i-1].comma
			if len(bytes.TrimSpace(text[all[i-1].end:from])) == 0 {
				from = all[i-1].end
			}
			return []finding.Edit{{Start: from, End: x.end}}
		}
		if len(all) > 1 {
			return []finding.Edit{{Start: x.start, End: all[1].start}}
		}
		return []finding.Edit{{Start: x.start, End: max(x.end, x.comma+1)}}
	}
	after := x.end // of it and its comma
	if x.comma >= 0 {
		after = x.comma + 1
	}
	begin, stop := lineAround(text, x.start, after)
	if len(bytes.TrimSpace(text[begin:x.start])) > 0 || begin <= int(c.Open) {
		return []finding.Edit{{Start: x.start, End: after}}
	}
	rest := bytes.TrimLeft(text[after:stop], " \t")
	switch {
	case len(rest) == 0 || pragma(rest):
		return []finding.Edit{{Start: begin, End: nextLine(text, stop)}}
	case rest[0] == '#':
		// What someone wrote beside it stays, on a line of its own.
		return []finding.Edit{{Start: x.start, End: stop - len(rest)}}
	}
	return []finding.Edit{{Start: x.start, End: after}}
}

// ownsComma says that an argument goes with the comma after it, not the one before, since
// there is a comment around it.
func (s *scan) ownsComma(all []slot, i int) bool {
	x, text := all[i], s.file.Text
	if i > 0 && hasComment(text[all[i-1].comma:x.start]) {
		return true
	}
	after := max(x.end, x.comma+1)
	_, stop := lineAround(text, after, after)
	return bytes.HasPrefix(bytes.TrimLeft(text[after:stop], " \t"), []byte("#"))
}

// lineAround is the start of the line of one offset and the end of the line of another.
func lineAround(text []byte, from, to int) (begin, stop int) {
	begin = bytes.LastIndexAny(text[:from], "\r\n") + 1
	if stop = bytes.IndexAny(text[to:], "\r\n"); stop < 0 {
		return begin, len(text)
	}
	return begin, to + stop
}

// nextLine is the offset after the line end at an offset.
func nextLine(text []byte, at int) int {
	if at < len(text) && text[at] == '\r' {
		at++
		if at == len(text) || text[at] != '\n' {
			return at
		}
	}
	return min(at+1, len(text))
}

func hasComment(text []byte) bool { return bytes.IndexByte(text, '#') >= 0 }

// pragma says that a comment speaks to a tool, about a line that is going.
func pragma(comment []byte) bool {
	if !bytes.HasPrefix(comment, []byte("#")) {
		return false
	}
	words := strings.TrimLeft(string(comment), " \t#")
	for _, p := range []string{"noqa", "type:", "pylint:", "pragma:", "nosec", "pyright:", "mypy:", "ruff:", "fmt:"} {
		if strings.HasPrefix(words, p) {
			return true
		}
	}
	return false
}

// withoutStatement is the edit that takes a simple statement out; `pass` stays in its place
// where a block would be empty or the line has other statements.
func (s *scan) withoutStatement(n syntax.Stmt) []finding.Edit {
	start, end := n.Range()
	text := s.file.Text
	begin, stop := lineAround(text, start, end)
	if bytes.HasPrefix(text[begin:start], []byte("\ufeff")) {
		begin += len("\ufeff")
	}
	rest := bytes.TrimSpace(text[end:stop])
	comment := bytes.HasPrefix(rest, []byte("#"))
	if len(bytes.TrimSpace(text[begin:start])) > 0 || len(rest) > 0 && !comment || s.alone(n) {
		return []finding.Edit{put(n, "pass")}
	}
	if comment && !pragma(rest) {
		// What someone wrote beside it stays, on a line of its own.
		return []finding.Edit{{Start: start, End: end + bytes.IndexByte(text[end:stop], '#')}}
	}
	return []finding.Edit{{Start: begin, End: nextLine(text, stop)}}
}

// alone says that a statement is the only one of its block.
func (s *scan) alone(n syntax.Stmt) bool {
	if _, module := s.m.Parent(n).(*syntax.Module); module {
		return false // which may be empty
	}
	for _, b := range syntax.Blocks(s.m.Parent(n)) {
		if len(b) == 1 && b[0] == n {
			return true
		}
	}
	return false
}

// withoutAlias is the edit that takes one name out of a from-import, and the statement with
// the last of them.
func (s *scan) withoutAlias(n *syntax.ImportFrom, a *syntax.Alias) []finding.Edit {
	if len(n.Names) == 1 {
		return s.withoutStatement(n)
	}
	text := s.file.Text
	for i, x := range n.Names {
		if x != a {
			continue
		}
		start, end := x.Range()
		if i+1 < len(n.Names) {
			next, _ := n.Names[i+1].Range()
			begin, stop := lineAround(text, start, end)
			rest, comma := strings.CutPrefix(strings.TrimSpace(string(text[end:stop])), ",")
			rest = strings.TrimSpace(rest)
			own := len(bytes.TrimSpace(text[begin:start])) == 0 && comma && (rest == "" || pragma([]byte(rest)))
			switch {
			case own:
				return []finding.Edit{{Start: begin, End: nextLine(text, stop)}}
			case hasComment(text[end:next]):
				return nil
			}
			return []finding.Edit{{Start: start, End: next}}
		}
		_, before := n.Names[i-1].Range()
		if hasComment(text[before:start]) {
			return nil
		}
		return []finding.Edit{{Start: before, End: end}}
	}
	return nil
}

// before is the edit that writes a statement before another one.
func (s *scan) before(n syntax.Stmt, statement string) finding.Edit {
	start, _ := n.Range()
	begin := bytes.LastIndexAny(s.file.Text[:start], "\r\n") + 1
	indent := s.file.Text[begin:start]
	if len(bytes.TrimSpace(bytes.TrimPrefix(indent, []byte("\ufeff")))) > 0 {
		return finding.Edit{Start: start, End: start, New: statement + "; "}
	}
	indent = bytes.TrimPrefix(indent, []byte("\ufeff"))
	return finding.Edit{Start: start, End: start, New: statement + s.lineEnd() + string(indent)}
}

// lineEnd is how the file ends its lines.
func (s *scan) lineEnd() string {
	at := bytes.IndexAny(s.file.Text, "\r\n")
	switch {
	case at < 0 || s.file.Text[at] == '\n':
		return "\n"
	case at+1 < len(s.file.Text) && s.file.Text[at+1] == '\n':
		return "\r\n"
	}
	return "\r"
}

func sortEdits(edits []finding.Edit) {
	slices.SortFunc(edits, func(a, b finding.Edit) int { return cmp.Compare(a.Start, b.Start) })
}

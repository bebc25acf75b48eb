package rewrite

import (
	"bytes"
	"fmt"
	"strings"
)

// context is the number of unchanged lines around a change, as in git's diffs.
const context = 3

// Diff is the unified diff from old to new, in the form that git apply and patch take; "" if they are the same.
func Diff(path string, old, new []byte) string {
	a, b := splitLines(old), splitLines(new)
	changes := compareLines(a, b)
	if len(changes) == 0 {
		return ""
	}
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", quote("a/"+path), quote("b/"+path))
	for len(changes) > 0 {
		n := 1
		for n < len(changes) && changes[n].a-(changes[n-1].a+changes[n-1].removed) <= 2*context {
			n++
		}
		writeHunk(&out, a, b, changes[:n])
		changes = changes[n:]
	}
	return out.String()
}

// change is removed lines from a on in the old text, in whose place come added lines from b on of the new.
type change struct{ a, removed, b, added int }

func writeHunk(out *strings.Builder, a, b [][]byte, changes []change) {
	first, last := changes[0], changes[len(changes)-1]
	before := min(context, first.a)
	after := min(context, len(a)-(last.a+last.removed))
	fromA, fromB := first.a-before, first.b-before
	countA, countB := last.a+last.removed+after-fromA, last.b+last.added+after-fromB
	fmt.Fprintf(out, "@@ -%s +%s @@\n", lineRange(fromA, countA), lineRange(fromB, countB))
	at := fromA
	for _, c := range changes {
		writeLines(out, ' ', a[at:c.a])
		writeLines(out, '-', a[c.a:c.a+c.removed])
		writeLines(out, '+', b[c.b:c.b+c.added])
		at = c.a + c.removed
	}
	writeLines(out, ' ', a[at:at+after])
}

func lineRange(from, count int) string {
	if count == 0 {
		return fmt.Sprintf("%d,0", from)
	}
	if count == 1 {
		return fmt.Sprint(from + 1)
	}
	return fmt.Sprintf("%d,%d", from+1, count)
}

func writeLines(out *strings.Builder, mark byte, lines [][]byte) {
	for _, line := range lines {
		out.WriteByte(mark)
		out.Write(line)
		if !bytes.HasSuffix(line, []byte("\n")) {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// splitLines cuts a text after each line feed, as git does.
func splitLines(text []byte) [][]byte {
	lines := bytes.SplitAfter(text, []byte("\n"))
	if len(lines[len(lines)-1]) == 0 {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// compareLines finds the changes from a to b: what both begin and end with is the same, and in
// between a line that comes soon in the other is taken for the same line. The result is always
// right; for the few and small edits of a file it is also the shortest.
func compareLines(a, b [][]byte) []change {
	var changes []change
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		if i < len(a) && j < len(b) && bytes.Equal(a[i], b[j]) {
			i, j = i+1, j+1
			continue
		}
		di, dj := meet(a[i:], b[j:])
		if di != dj {
			changes = append(changes, change{i, di, j, dj})
		}
		for k := 0; di == dj && k < di; k++ { // as many lines for as many: those in between may be the same
			from := k
			for k < di && !bytes.Equal(a[i+k], b[j+k]) {
				k++
			}
			if k > from {
				changes = append(changes, change{i + from, k - from, j + from, k - from})
			}
		}
		i, j = i+di, j+dj
	}
	return changes
}

// meet is how many lines of each to pass until both go on the same, for as many lines as tell.
func meet(a, b [][]byte) (int, int) {
	const far = 2000
	for sum := 1; sum <= min(len(a)+len(b), far); sum++ {
		for i := max(0, sum-len(b)); i <= min(sum, len(a)); i++ {
			if same(a[i:], b[sum-i:]) {
				return i, sum - i
			}
		}
	}
	return len(a), len(b)
}

// same says whether two rests begin with the same three lines, or are the same to their end.
func same(a, b [][]byte) bool {
	for k := range 3 {
		if k == len(a) || k == len(b) {
			return len(a) == len(b)
		}
		if !bytes.Equal(a[k], b[k]) {
			return false
		}
	}
	return true
}

// quote writes a path as git does: with C's escapes in quotes, if it has bytes that would be misread.
func quote(path string) string {
	odd := func(r rune) bool { return r < ' ' || r == 0x7f || r == '"' || r == '\\' }
	if strings.IndexFunc(path, odd) < 0 {
		if strings.Contains(path, " ") {
			return path + "\t" // as git marks where a name with spaces ends
		}
		return path
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(path) {
		switch c := path[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

package variables

import "bytes"

// inSystemd understands Environment= and the like of unit files and drop-ins.
func inSystemd(text []byte, hits []hit) []use {
	var uses []use
	for next := 0; next < len(hits); {
		h := hits[next]
		whole := logicalLine(text, h.start)
		from := next
		for next < len(hits) && hits[next].start < whole.end {
			next++
		}
		next = max(next, from+1)
		part := make([]use, 0, next-from)
		for _, h := range hits[from:next] {
			part = append(part, use{hit: h})
		}
		uses = append(uses, part...)
		part = uses[len(uses)-len(part):]
		line := bytes.TrimLeft(text[whole.start:whole.end], " \t")
		if len(line) == 0 || line[0] == '#' || line[0] == ';' {
			continue
		}
		key, _, ok := bytes.Cut(line, []byte("="))
		if !ok {
			continue
		}
		switch string(bytes.TrimSpace(key)) {
		case "Environment", "PassEnvironment", "UnsetEnvironment":
			start := whole.end - len(line) + len(key) + 1
			cutWords(text, whole, start, part, string(bytes.TrimSpace(key)) == "Environment")
		default:
			for i := range part {
				part[i] = around(text, part[i].hit)
				part[i].cut = span{}
			}
		}
	}
	return uses
}

// logicalLine is the line around an offset with those before and after that a \ continues.
func logicalLine(text []byte, at int) span {
	line := lineOf(text, at)
	for n := 0; line.start > 0 && n < 1000; n++ {
		before := lineOf(text, line.start-1)
		if before.end < line.start-1 || before.start == before.end {
			before = lineOf(text, max(line.start-2, 0))
		}
		if before.start >= line.start || !bytes.HasSuffix(bytes.TrimRight(text[before.start:before.end], " \t"), []byte(`\`)) {
			break
		}
		line.start = before.start
	}
	for n := 0; line.end < len(text) && n < 1000; n++ {
		if last := lineOf(text, line.end); !bytes.HasSuffix(bytes.TrimRight(text[last.start:last.end], " \t"), []byte(`\`)) {
			break
		}
		next := withEnd(text, span{line.start, line.end}).end
		if next <= line.end {
			break
		}
		line.end = lineOf(text, next).end
	}
	return line
}

// cutWords gives each use that begins a word of a list its cut: the word, or the whole line.
func cutWords(text []byte, whole span, start int, uses []use, values bool) {
	words := plainWords(text, start, whole.end)
	gone := map[int]bool{}
	for i := range uses {
		u := &uses[i]
		k := wordAt(words, u.start)
		if k < 0 || u.start > words[k].start+1 || u.start == words[k].start+1 && wordByte(text[words[k].start]) {
			*u = around(text, u.hit)
			u.cut = span{}
			continue
		}
		u.role = pass
		if values && u.end < len(text) && text[u.end] == '=' {
			u.role = set
		}
		if idle(u.change) {
			gone[k] = true
		}
	}
	for i := range uses {
		u := &uses[i]
		k := wordAt(words, u.start)
		switch {
		case k < 0 || !gone[k] || u.role != set && u.role != pass:
		case len(words) == 1:
			u.cut, u.whole = withEnd(text, whole), true
		case k+1 < len(words):
			u.cut, u.whole = span{words[k].start, words[k+1].start}, true
		default:
			u.cut, u.whole = span{words[k-1].end, words[k].end}, true
		}
	}
}

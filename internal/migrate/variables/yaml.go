package variables

import (
	"bytes"
	"strings"
)

// page is a YAML text as lines, for templates of YAML are not YAML.
type page struct {
	text  []byte
	lines []row
}

// row is a line: its bytes, where it is indented to, and where its content begins behind dashes.
type row struct {
	span
	indent  int // column of the first byte that is no blank
	content int // column of the first byte that is no blank nor a list's dash
	kind    rowKind
}

type rowKind int

const (
	text_   rowKind = iota
	blank           // also a comment
	control         // a line of a template: {{ if }}
)

func newPage(text []byte) *page {
	p := &page{text: text}
	for at := 0; at < len(text); {
		line := span{at, at}
		for line.end < len(text) && text[line.end] != '\n' && text[line.end] != '\r' {
			line.end++
		}
		r := row{span: line}
		i := line.start
		for i < line.end && text[i] == ' ' {
			i++
		}
		r.indent = i - line.start
		for i+1 < line.end && text[i] == '-' && text[i+1] == ' ' {
			for i++; i < line.end && text[i] == ' '; i++ {
			}
		}
		r.content = i - line.start
		switch rest := bytes.TrimSpace(text[line.start:line.end]); {
		case len(rest) == 0 || rest[0] == '#':
			r.kind = blank
		case bytes.HasPrefix(rest, []byte("{{")) || bytes.HasPrefix(rest, []byte("{%")):
			r.kind = control
		}
		p.lines = append(p.lines, r)
		at = withEnd(text, line).end
	}
	return p
}

func (p *page) row(at int) int {
	low, high := 0, len(p.lines)-1
	for low < high {
		mid := (low + high + 1) / 2
		if p.lines[mid].start <= at {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low
}

func (p *page) dash(i int) bool { return p.lines[i].content > p.lines[i].indent }

// entry is one item of a list or one pair of a map: lines first to last.
type entry struct {
	first, last int
	column      int // of the item's dash or of the key
	item        bool
	broken      bool // a template's line is inside
}

// extent is the entry that begins in a line: all lines below that are indented more.
func (p *page) extent(first, column int, item bool) entry {
	e := entry{first: first, last: first, column: column, item: item}
	line := bytes.TrimRight(p.text[p.lines[first].start:p.lines[first].end], " \t")
	bare := !item && bytes.HasSuffix(line, []byte(":"))
	scalar := bytes.HasSuffix(line, []byte("|")) || bytes.HasSuffix(line, []byte(">")) || bytes.HasSuffix(line, []byte("|-")) || bytes.HasSuffix(line, []byte(">-"))
	seen := first
	for i := first + 1; i < len(p.lines) && i < first+1000; i++ {
		r := p.lines[i]
		empty := r.end == r.start || len(bytes.TrimSpace(p.text[r.start:r.end])) == 0
		if !empty && r.indent <= column && !(bare && r.indent == column && p.dash(i)) {
			break
		}
		if r.kind == text_ || scalar && !empty {
			e.last = i
		}
		seen = i
	}
	for i := first + 1; i <= seen; i++ {
		e.broken = e.broken || p.lines[i].kind == control
	}
	return e
}

// alone is true if no other entry stays next to this one.
func (p *page) alone(e entry, leaving map[int]bool) bool {
	sibling := func(i int) bool {
		r := p.lines[i]
		if leaving[i] {
			return false
		}
		if e.item {
			return r.indent == e.column && p.dash(i)
		}
		return r.content == e.column && (r.indent == e.column || p.dash(i)) && bytes.IndexByte(p.text[r.start:r.end], ':') >= 0
	}
	for i := e.first - 1; i >= 0 && i > e.first-1000 && p.lines[i].kind != control; i-- {
		r := p.lines[i]
		if r.kind == text_ && sibling(i) {
			return false
		}
		if r.kind == text_ && r.indent < e.column {
			break
		}
	}
	for i := e.last + 1; i < len(p.lines) && i < e.last+1000 && p.lines[i].kind != control; i++ {
		r := p.lines[i]
		if r.kind == text_ && r.indent < e.column {
			break
		}
		if r.kind == text_ && r.indent == e.column && sibling(i) {
			return false
		}
	}
	return true
}

func (p *page) bytes(e entry) span {
	return withEnd(p.text, span{p.lines[e.first].start, p.lines[e.last].end})
}

func inYAML(text []byte, hits []hit) []use {
	p := newPage(text)
	uses := make([]use, len(hits))
	entries := make([]entry, len(hits))
	leaving := map[int]bool{}
	compose := bytes.HasPrefix(text, []byte("services:")) || bytes.Contains(text, []byte("\nservices:"))
	defer func() {
		for i := range uses {
			if compose && uses[i].role == read {
				uses[i].role = pass // of what runs compose
			}
		}
	}()
	for i, h := range hits {
		entries[i].first = -1
		uses[i] = p.use(h, &entries[i])
		if entries[i].first >= 0 && idle(h.change) {
			leaving[entries[i].first] = true
		}
	}
	for i := range uses {
		e := entries[i]
		if e.first < 0 || e.broken {
			continue
		}
		uses[i].cut = p.bytes(e)
		uses[i].whole = !p.alone(e, leaving) && uses[i].role == set
	}
	return uses
}

// use understands a hit; e is the entry to remove with it, if it is one.
func (p *page) use(h hit, e *entry) use {
	i := p.row(h.start)
	r := p.lines[i]
	u := around(p.text, h)
	if commented(p.text, h.start) {
		return use{hit: h}
	}
	before := string(p.text[min(r.start+r.content, h.start):h.start])
	after := string(p.text[h.end:r.end])
	quote := ""
	if before == `"` || before == "'" {
		quote = before
	}
	dash := p.dash(i)
	behind := after
	if quote != "" {
		closed := strings.HasPrefix(after, quote)
		behind = strings.TrimPrefix(after, quote)
		if !closed && !strings.HasPrefix(after, "=") {
			return u
		}
	}
	behind = strings.TrimLeft(behind, " \t")
	begins := before == quote
	if part, ok := p.script(i); ok {
		of := inCommands(p.text, part, []hit{h}, true)[0]
		all, blank := wholeLines(p.text, of.cut)
		of.whole = of.whole && !(blank && all.start <= part.start && all.end >= part.end)
		return of
	}
	told := u.doubt
	u.doubt = false
	switch {
	case begins && strings.HasPrefix(behind, ":") && (len(behind) == 1 || behind[1] == ' ' || behind[1] == '\t'):
		u.role, u.cut = set, span{}
		if !dash && !strings.HasPrefix(strings.TrimLeft(behind[1:], " \t"), "&") {
			*e = p.extent(i, r.indent, false)
		}
	case begins && dash && strings.HasPrefix(after, "="):
		u.role = set
		if quote == "" && strings.ContainsAny(strings.TrimSpace(after), " \t") && !p.underEnvironment(i) {
			break // a line of a script
		}
		u.cut = span{}
		*e = p.extent(i, r.indent, true)
	case begins && dash && (behind == "" || behind[0] == '#'):
		u.role, u.cut = pass, span{}
	case dash && before == "export " && strings.HasPrefix(after, "=") && len(after) == 1+simple(after[1:]):
		*e = p.extent(i, r.indent, true) // a line of a script
	case nameKey(before) && (strings.Trim(behind, `"' `) == "" || behind[0] == '#' || strings.Contains(behind, " #")):
		u.role, u.cut = mention, span{}
		column := r.content
		first := i
		for !p.dash(first) && first > 0 && i-first < 50 && (p.lines[first].kind == blank || p.lines[first].indent >= column) {
			first--
		}
		if !p.dash(first) || p.lines[first].content != column {
			break
		}
		item := p.extent(first, p.lines[first].indent, true)
		for k := item.first; k <= item.last; k++ {
			l := p.lines[k]
			key, _, ok := strings.Cut(string(p.text[l.start+l.content:l.end]), ":")
			if ok && l.content == column && strings.HasPrefix(strings.ToLower(strings.Trim(key, `"'`)), "value") {
				u.role = set
			}
		}
		if u.role == set {
			*e = item
		}
	case strings.HasPrefix(before, "{") && flowName(before) && strings.HasSuffix(strings.TrimSpace(after), "}"):
		u.role, u.cut = set, span{}
		if dash && strings.Count(after, "}") == 1 {
			*e = p.extent(i, r.indent, true)
		}
	case u.role != read && strings.ContainsAny(before, "{[") && !strings.Contains(before, "{{"):
		from := r.start + r.content
		if of := inBrackets(json, p.text[:r.end], []hit{h}, from); len(of) == 1 && of[0].role == set {
			return of[0]
		}
		u.doubt = told
	default:
		u.doubt = told
	}
	return u
}

// script is the block of lines under `run: |` and its like that a line belongs to.
func (p *page) script(i int) (span, bool) {
	head := i - 1
	for ; head >= 0 && i-head < 1000; head-- {
		if r := p.lines[head]; r.end > r.start+r.content && r.indent < p.lines[i].indent && (r.content < p.lines[i].indent || p.text[r.start+r.content] == '|') {
			line := strings.TrimSpace(string(p.text[r.start+r.content : r.end]))
			key, mark, ok := strings.Cut(line, ":")
			if strings.HasPrefix(line, "|") {
				key, mark, ok = p.listKey(head), line, true // an item of a list
			}
			mark = strings.TrimSpace(mark)
			if !ok || mark != "|" && mark != "|-" && mark != "|+" {
				if r.content == 0 {
					return span{}, false
				}
				continue
			}
			switch strings.Trim(key, `"' `) {
			case "run", "script", "before_script", "after_script", "command", "commands", "bash", "shell", "inline", "inlineScript", "cmd":
			default:
				return span{}, false
			}
			last := i
			for k := i; k < len(p.lines) && (p.lines[k].kind == blank || p.lines[k].indent > r.indent); k++ {
				if p.lines[k].end > p.lines[k].start {
					last = k
				}
			}
			return withEnd(p.text, span{p.lines[head+1].start, p.lines[last].end}), true
		}
	}
	return span{}, false
}

// listKey is the key of the list that a line's item is in.
func (p *page) listKey(i int) string {
	for k := i - 1; k >= 0 && i-k < 1000; k-- {
		if r := p.lines[k]; r.kind == text_ && (r.indent < p.lines[i].indent || r.indent == p.lines[i].indent && !p.dash(k)) {
			return strings.TrimSuffix(strings.TrimSpace(string(p.text[r.start+r.content:r.end])), ":")
		}
	}
	return ""
}

// underEnvironment is true of a list whose key says that it is one of variables.
func (p *page) underEnvironment(i int) bool {
	for k := i - 1; k >= 0 && i-k < 200; k-- {
		r := p.lines[k]
		if r.kind != text_ || r.indent > p.lines[i].indent || r.indent == p.lines[i].indent && p.dash(k) {
			continue
		}
		key := strings.ToLower(strings.TrimSpace(string(p.text[r.start+r.content : r.end])))
		return strings.HasPrefix(key, "env") && strings.HasSuffix(key, ":")
	}
	return false
}

// nameKey is true of `name: ` and its like, before a variable's name.
func nameKey(before string) bool {
	key, rest, ok := strings.Cut(before, ":")
	if !ok || strings.Trim(rest, " \t\"'") != "" {
		return false
	}
	switch strings.ToLower(strings.Trim(strings.TrimSpace(key), `"'`)) {
	case "name", "key", "variable", "parametername":
		return true
	}
	return false
}

// flowName is true of `{name: ` before a variable's name.
func flowName(before string) bool { return nameKey(strings.TrimLeft(before, "{ ")) }

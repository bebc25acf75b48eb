package variables

import (
	"bytes"
	"sort"
	"strings"
)

// inShell understands a script.
func inShell(text []byte, hits []hit) []use {
	return inCommands(text, span{0, len(text)}, hits, true)
}

// inCommands understands the hits within a part of a text that is shell commands. With lines, a command
// that is alone on its lines may go with them.
func inCommands(text []byte, part span, hits []hit, lines bool) []use {
	uses := make([]use, len(hits))
	for i, h := range hits {
		uses[i] = around(text, h)
		uses[i].cut, uses[i].whole = span{}, false
		if commented(text, h.start) {
			uses[i].role = mention
		}
	}
	all := commands(text, part.start, part.end)
	next := 0
	for i := range all {
		c := &all[i]
		if len(c.words) == 0 {
			continue
		}
		last := c.words[len(c.words)-1].end
		for next < len(hits) && hits[next].start < c.words[0].start {
			next++
		}
		from := next
		for next < len(hits) && hits[next].start < last {
			next++
		}
		if from < next {
			understand(text, all, i, uses[from:next], lines)
		}
	}
	return uses
}

// understand sees to the hits in one command.
func understand(text []byte, all []command, at int, uses []use, lines bool) {
	c := &all[at]
	lead := 0 // the first word that is no assignment
	for lead < len(c.words) && (assigns(text, c.words[lead].span) || lead == 0 && keyword(text, c.words[0].span)) {
		lead++
	}
	name := ""
	if lead < len(c.words) {
		name = string(text[c.words[lead].start:c.words[lead].end])
	}
	var leaving []int // the words to remove, in uses' order
	for i := range uses {
		u := &uses[i]
		k := wordAt(c.words, u.start)
		if k < 0 {
			continue
		}
		w := c.words[k]
		begins := u.start == w.start || u.start == w.start+1 && (text[w.start] == '"' || text[w.start] == '\'')
		if u.start == w.start+2 && text[w.start] == '-' && text[w.start+1] == 'e' {
			begins, u.role = true, set // docker run -eX=1
		}
		if !begins {
			continue
		}
		value := u.end < w.end && text[u.end] == '=' || u.end+1 < w.end && text[u.end] == '+' && text[u.end+1] == '='
		option := k > 0 && (wordIs(text, c.words[k-1], "-e") || wordIs(text, c.words[k-1], "--env") || wordIs(text, c.words[k-1], "--build-arg"))
		if value || name == "setenv" && k == lead+1 || name == "set" && k > lead {
			u.role = set
		} else if option {
			u.role = pass
		} else if k > lead && (declares(name) || name == "unset") {
			u.role = again
		}
		u.doubt = u.doubt && u.role != set
		if u.role != set && u.role != pass && u.role != again || !value && !option && k < lead {
			continue
		}
		switch {
		case k < lead && lead < len(c.words), k > lead && (name == "env" || name == "sudo" || name == "exec") && k+1 < len(c.words):
			// X=1 command, env X=1 command
			u.cut, u.whole = span{w.start, c.words[k+1].start}, !w.runs && (k < lead || !splits(text, w))
		case option:
			u.cut, u.whole = span{c.words[k-1].start, w.end}, !w.runs && !splits(text, w)
			if k+1 < len(c.words) {
				u.cut.end = c.words[k+1].start
			} else {
				u.cut.start, u.cut.end = c.words[k-2+btoi(k < 2)].end, w.end
				u.whole = u.whole && k >= 2
			}
		case idle(u.change) && (k < lead || declares(name) || name == "unset"):
			leaving = append(leaving, i)
		}
	}
	if len(leaving) == 0 {
		return
	}
	items := 0 // what the command assigns or declares, without the options
	for k, w := range c.words {
		if (k > lead || k < lead && assigns(text, w.span)) && text[w.start] != '-' {
			items++
		}
	}
	runs := false
	for _, w := range c.words {
		runs = runs || w.runs
	}
	if items > 1 {
		for _, i := range leaving {
			k := wordAt(c.words, uses[i].start)
			w := c.words[k]
			uses[i].whole = !w.runs
			if k+1 < len(c.words) {
				uses[i].cut = span{w.start, c.words[k+1].start}
			} else {
				uses[i].cut = span{c.words[k-1].end, w.end}
			}
		}
		return
	}
	if !lines {
		return
	}
	own, alone := wholeLines(text, span{c.words[0].start, c.words[len(c.words)-1].end})
	if !alone {
		// A comment after it, about it, goes with it.
		rest := lineOf(text, c.words[len(c.words)-1].end)
		tail := bytes.TrimSpace(text[c.words[len(c.words)-1].end:rest.end])
		if len(tail) == 0 || tail[0] != '#' {
			return
		}
		if own, alone = wholeLines(text, span{c.words[0].start, rest.end}); !alone {
			return
		}
	}
	if c.after != "\n" && c.after != "" {
		return
	}
	if !keepsBlock(text, all, at) {
		return
	}
	for _, i := range leaving {
		uses[i].cut, uses[i].whole = own, !runs
	}
}

// splits is true of a word that may become several, of which the rest would be left: env X=$Y command.
func splits(text []byte, w word) bool {
	of := text[w.start:w.end]
	return bytes.IndexByte(of, '$') >= 0 && bytes.IndexByte(of, '"') < 0
}

// keepsBlock is true if another command stays in the block of this one, for an empty block is an error.
func keepsBlock(text []byte, all []command, at int) bool {
	c := &all[at]
	if c.before != "\n" && c.before != "" {
		return false
	}
	if at == 0 {
		return true
	}
	before := &all[at-1]
	if len(before.words) == 0 {
		return before.after == "\n" && before.before != "("
	}
	if before.after != "\n" && before.after != ";" {
		return false
	}
	last := before.words[len(before.words)-1]
	for _, opener := range []string{"then", "do", "else", "{", "in"} {
		if wordIs(text, last, opener) || wordIs(text, before.words[0], opener) && len(before.words) == 1 {
			return false
		}
	}
	return true
}

func wordAt(words []word, at int) int {
	i := sort.Search(len(words), func(i int) bool { return words[i].end > at })
	if i < len(words) && words[i].start <= at {
		return i
	}
	return -1
}

func wordIs(text []byte, w word, s string) bool { return string(text[w.start:w.end]) == s }

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// assigns is true of a word NAME=value.
func assigns(text []byte, w span) bool {
	for i := w.start; i < w.end; i++ {
		switch c := text[i]; {
		case c == '=':
			return i > w.start
		case c == '+' && i+1 < w.end && text[i+1] == '=':
			return i > w.start
		case !wordByte(c):
			return false
		}
	}
	return false
}

// keyword is true of what may stand before a command's assignments.
func keyword(text []byte, w span) bool {
	switch string(text[w.start:w.end]) {
	case "then", "do", "else", "if", "while", "until", "elif", "!", "{", "time":
		return true
	}
	return false
}

// declares is true of the commands whose words are names of variables.
func declares(name string) bool {
	return strings.Contains(" export declare typeset local readonly ", " "+name+" ") && name != ""
}

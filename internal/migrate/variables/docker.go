package variables

import (
	"bytes"
	"strings"
)

// instruction is one of a Dockerfile, with its continued lines.
type instruction struct {
	name string // in upper case
	args int    // where its words begin
	span        // from the line's first byte to its last line's end, without that
}

// instructions splits a Dockerfile; here documents are part of their instruction.
func instructions(text []byte) []instruction {
	escape := byte('\\')
	if head := bytes.ToLower(text[:min(len(text), 500)]); bytes.Contains(head, []byte("escape=`")) {
		escape = '`'
	}
	var all []instruction
	for at := 0; at < len(text); {
		line := lineOf(text, at)
		next := withEnd(text, line).end
		first := line.start
		for first < line.end && (text[first] == ' ' || text[first] == '\t') {
			first++
		}
		if first == line.end || text[first] == '#' || line.start < at {
			at = max(next, at+1)
			continue
		}
		word := first
		for word < line.end && wordByte(text[word]) {
			word++
		}
		now := instruction{name: strings.ToUpper(string(text[first:word])), args: word, span: line}
		for {
			l := lineOf(text, line.start)
			trimmed := bytes.TrimRight(text[l.start:l.end], " \t")
			comment := l.start != now.start && bytes.HasPrefix(bytes.TrimLeft(trimmed, " \t"), []byte("#"))
			blank := l.start != now.start && len(trimmed) == 0
			if !comment && !blank {
				now.end = l.end
				if len(trimmed) == 0 || trimmed[len(trimmed)-1] != escape {
					break
				}
			}
			at = withEnd(text, l).end
			if at >= len(text) || at <= l.start {
				break
			}
			line = span{at, at}
		}
		if i := bytes.Index(text[now.args:now.end], []byte("<<")); i >= 0 && (now.name == "RUN" || now.name == "COPY") {
			lex := lexer{text: text, at: now.args + i + 2}
			for lex.at < now.end && text[lex.at] == '-' {
				lex.at++
			}
			w := lex.word()
			lex.at = withEnd(text, span{now.start, now.end}).end
			if name := bytes.Trim(text[w.start:w.end], `"'`); len(name) > 0 {
				lex.heredoc(name)
				now.end = max(now.end, lineOf(text, max(lex.at-1, now.end)).end)
			}
		}
		all = append(all, now)
		at = max(withEnd(text, now.span).end, now.start+1)
	}
	return all
}

func inDockerfile(text []byte, hits []hit) []use {
	uses := make([]use, len(hits))
	for i, h := range hits {
		uses[i] = use{hit: h}
	}
	python := pythonImage(text)
	next := 0
	for _, in := range instructions(text) {
		for next < len(hits) && hits[next].start < in.start {
			next++ // in a comment
		}
		from := next
		for next < len(hits) && hits[next].start < in.end {
			next++
		}
		part := uses[from:next]
		if len(part) == 0 {
			continue
		}
		switch in.name {
		case "ENV", "ARG", "LABEL":
			assigned(text, in, part)
		default:
			of := make([]hit, len(part))
			for i := range part {
				of[i] = part[i].hit
			}
			copy(part, inCommands(text, span{in.args, in.end}, of, false))
			if args := bytes.TrimSpace(text[in.args:in.end]); len(args) > 0 && args[0] == '[' {
				for i := range part {
					part[i].cut = span{} // an element of a list, not a word
				}
			}
		}
	}
	for i := range uses {
		uses[i].doubt = !python
	}
	return uses
}

// assigned understands ENV A=1 B=2, ENV A 1 and ARG A=1.
func assigned(text []byte, in instruction, uses []use) {
	words := plainWords(text, in.args, in.end)
	if len(words) == 0 {
		return
	}
	gone := map[int]bool{}
	old := in.name == "ENV" && !assigns(text, words[0].span)
	for i := range uses {
		u := &uses[i]
		k := wordAt(words, u.start)
		switch {
		case k < 0 || commented(text, u.start):
			continue
		case u.start != words[k].start || old && k > 0:
			*u = around(text, u.hit)
			u.cut = span{}
			continue
		case in.name == "LABEL":
			continue
		}
		if idle(u.change) {
			gone[k] = true
		}
		u.role = set
		if in.name == "ARG" {
			u.role = pass // whoever builds the image may give it
		}
	}
	for i := range uses {
		u := &uses[i]
		k := wordAt(words, u.start)
		switch {
		case k < 0 || !gone[k] || u.start != words[k].start || u.role != set && u.role != pass:
		case old || len(words) == 1:
			u.cut, u.whole = withEnd(text, in.span), u.role == set
		case k+1 < len(words):
			// The separator after it may be the end of a line, with comments, of which one stays.
			u.cut = span{words[k].start, words[k+1].start}
			u.whole = !bytes.Contains(text[words[k].end:words[k+1].start], []byte("#"))
		default:
			u.cut = span{words[k-1].end, words[k].end}
			u.whole = !bytes.Contains(text[words[k-1].end:words[k].start], []byte("#"))
		}
	}
}

// pythonImage is false if every image of a Dockerfile is one of another language.
func pythonImage(text []byte) bool {
	if bytes.Contains(text, []byte("python")) || bytes.Contains(text, []byte("pip ")) || bytes.Contains(text, []byte("ddtrace-run")) {
		return true
	}
	from, foreign := 0, 0
	for _, in := range instructions(text) {
		if in.name != "FROM" {
			continue
		}
		from++
		image := string(text[in.args:in.end])
		for _, language := range []string{"node", "golang", "openjdk", "eclipse-temurin", "amazoncorretto", "ruby", "php", "dotnet", "rust"} {
			if strings.Contains(image, language) {
				foreign++
				break
			}
		}
	}
	return from == 0 || foreign < from
}

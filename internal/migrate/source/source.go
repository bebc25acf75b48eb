// Package source is a file that is read to be migrated: its bytes and where its lines are.
package source

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

// File is the content of one file. It is not changed once made.
type File struct {
	// Path is relative to the scanned folder, with slashes.
	Path string
	Text []byte

	lines []int // offset of each line's first byte
	ascii bool  // a column is a number of bytes: lines may be long, and hold much
}

// Position is a place as an editor shows it.
type Position struct {
	Line   int // from 1
	Column int // from 1, in Unicode code points
}

// New makes a File; it keeps text.
func New(path string, text []byte) *File {
	f := &File{Path: path, Text: text, lines: []int{0}}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			f.lines = append(f.lines, i+1)
		case '\r':
			if i+1 == len(text) || text[i+1] != '\n' {
				f.lines = append(f.lines, i+1)
			}
		}
	}
	f.ascii = !bytes.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
	return f
}

// At is the position of a byte offset; offsets outside the text are moved into it.
func (f *File) At(offset int) Position {
	offset = min(max(offset, 0), len(f.Text))
	line := sort.SearchInts(f.lines, offset+1) - 1
	start := f.lines[line]
	if f.ascii {
		return Position{line + 1, offset - start + 1}
	}
	if start == 0 && len(f.Text) >= 3 && string(f.Text[:3]) == "\ufeff" {
		start = min(3, offset)
	}
	return Position{line + 1, utf8.RuneCount(f.Text[start:offset]) + 1}
}

// Offset is where a line, from 1, begins; the end of the text for a line after the last.
func (f *File) Offset(line int) int {
	if line-1 >= len(f.lines) {
		return len(f.Text)
	}
	return f.lines[max(line, 1)-1]
}

// Lines is the number of lines.
func (f *File) Lines() int { return len(f.lines) }

// Line is a line's text, from 1, without its end.
func (f *File) Line(line int) string {
	start, end := f.Offset(line), f.Offset(line+1)
	for end > start && (f.Text[end-1] == '\n' || f.Text[end-1] == '\r') {
		end--
	}
	return string(f.Text[start:end])
}

package source

import "testing"

func TestColumnsAreCharacters(t *testing.T) {
	for _, of := range []struct {
		text   string
		offset int
		want   Position
	}{
		{"a\nbcd", 4, Position{2, 3}},
		{"a\r\nbcd", 99, Position{2, 4}},
		{"a\n'é'.x", 7, Position{2, 5}},
		{"\ufeffab", 4, Position{1, 2}},
		{"'\xe9'x", 3, Position{1, 4}},
		{"", 0, Position{1, 1}},
	} {
		if at := New("a.py", []byte(of.text)).At(of.offset); at != of.want {
			t.Errorf("%q at %d: %+v", of.text, of.offset, at)
		}
	}
}

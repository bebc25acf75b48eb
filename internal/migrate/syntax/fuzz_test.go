package syntax

import (
	"strings"
	"testing"
)

func seeds(f *testing.F) {
	f.Helper()
	for _, s := range valid {
		f.Add([]byte(s.text))
	}
	for _, text := range invalid {
		f.Add([]byte(text))
	}
}

func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := Parse(text)
		if err != nil {
			if offset := err.(*Error).Offset; offset < 0 || offset > len(text) {
				t.Fatalf("the error is at %d, outside of the text", offset)
			}
			return
		}
		if _, err := Tokens(text); err != nil {
			t.Fatalf("it parses, and has no tokens: %v", err)
		}
		checkTree(t, m, len(text))
	})
}

// checkTree fails the test if nodes are not within their parents, in order.
func checkTree(t *testing.T, m *Module, size int) {
	t.Helper()
	if start, end := m.Range(); start != 0 || end != size {
		t.Fatalf("the module is from %d to %d of %d", start, end, size)
	}
	Walk(m, func(n Node) bool {
		start, end := n.Range()
		if start > end {
			t.Fatalf("%T from %d to %d", n, start, end)
		}
		before := start
		for _, child := range Children(n) {
			s, e := child.Range()
			if decorator(n, child) {
				if e > start {
					t.Fatalf("a decorator ends at %d, the definition starts at %d", e, start)
				}
				continue
			}
			if arg, ok := n.(*Arg); ok && child == Node(arg.Default) {
				if s < end {
					t.Fatalf("a default begins at %d within its argument, which ends at %d", s, end)
				}
				continue
			}
			if s < start || e > end {
				t.Fatalf("%T from %d to %d has %T from %d to %d", n, start, end, child, s, e)
			}
			if _, ok := n.(*JoinedStr); ok {
				// The text of {x=} is within its field.
				continue
			}
			if s < before {
				t.Fatalf("%T at %d in %T begins within the child before, which ends at %d", child, s, n, before)
			}
			before = e
		}
		return true
	})
}

func decorator(parent, child Node) bool {
	var decorators []Expr
	switch parent := parent.(type) {
	case *FunctionDef:
		decorators = parent.Decorators
	case *ClassDef:
		decorators = parent.Decorators
	}
	for _, d := range decorators {
		if d == child {
			return true
		}
	}
	return false
}

func FuzzTokens(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		tokens, err := Tokens(text)
		before := 0
		if strings.HasPrefix(string(text), "\xef\xbb\xbf") {
			before = 3
		}
		for _, token := range tokens {
			start, end := token.Range()
			if start > end || end > len(text) {
				t.Fatalf("a token from %d to %d of %d", start, end, len(text))
			}
			if start < before {
				t.Fatalf("a token begins at %d, before the end %d of the one before", start, before)
			}
			if gap := string(text[before:start]); strings.Trim(gap, " \t\f\r\n\\") != "" {
				t.Fatalf("nothing has read %q at %d", gap, before)
			}
			before = end
		}
		if err == nil && (len(tokens) == 0 || tokens[len(tokens)-1].Kind != EndMarker) {
			t.Fatal("the last token is no EndMarker")
		}
	})
}

package syntax

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func parse(t *testing.T, text string) *Module {
	t.Helper()
	m, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%q: at %d: %v", text, err.(*Error).Offset, err)
	}
	return m
}

// parseExpr parses a text of one expression.
func parseExpr(t *testing.T, text string) Expr {
	t.Helper()
	m := parse(t, text)
	s, ok := m.Body[0].(*ExprStmt)
	if !ok || len(m.Body) != 1 {
		t.Fatalf("%q is no expression", text)
	}
	return s.Value
}

// written is the text that a node is written as.
func written(text string, n Node) string {
	start, end := n.Range()
	return text[start:end]
}

func TestValueOfStrings(t *testing.T) {
	for text, want := range map[string]string{
		`'a\n\x41\101\u00e9\U0001F600\'\"\\\q'`: "a\nAAé😀'\"\\\\q",
		`r'\n\x'`:                               `\n\x`,
		`u'x'`:                                  "x",
		`'a' "b" r'\c'`:                         `ab\c`,
		`'''a"b'c'''`:                           `a"b'c`,
		"'''a\r\nb\rc'''":                       "a\nb\nc",
		"'a\\\r\nb'":                            "ab",
		`b'\xff\x00\u'`:                         "\xff\x00\\u",
		`rb'\x'`:                                `\x`,
		`'\N{EM DASH}'`:                         `\N{EM DASH}`,
		`'\ud800'`:                              "\xed\xa0\x80",
		`'\7\08'`:                               "\a\x008",
		"# coding: latin-1\n'\xe9' '\\xe9'":     "éé",
	} {
		c, ok := parseExpr(t, text).(*Constant)
		if !ok || c.Value != want {
			t.Errorf("the value of %s is %q, not %q", text, c.Value, want)
		}
	}
}

func TestPiecesHoldWhatIsBetweenTheQuotes(t *testing.T) {
	text := `('a' rb"""b""" f'c{d}e' u'f')`
	var got []string
	for _, part := range []string{`('a' r"""b""" u'')`, `(b'a' Rb"""b""" B"c")`, `f'c{d}' 'e' "f" rf'\g{x=}'`} {
		Walk(parseExpr(t, part), func(n Node) bool {
			if c, ok := n.(*Constant); ok {
				for _, p := range c.Pieces {
					got = append(got, fmt.Sprintf("%s %t", part[p.Start+p.Open:p.End-p.Close], p.Raw))
				}
			}
			return true
		})
	}
	want := []string{"a false", "b true", " false", "a false", "b true", "c false", "c false", "e false", "f false", `\g true`}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the pieces are %q, not %q", got, want)
	}
	if _, err := Parse([]byte(text)); err == nil {
		t.Errorf("%s mixes bytes and text, and parses", text)
	}
}

func TestCallKnowsItsParentheses(t *testing.T) {
	for _, text := range []string{"f(a)", "(f)(a, b)", "f(x for x in y)", "f ( (a) , )", "f(a)(b)(c=(d))"} {
		c := parseExpr(t, text).(*Call)
		if text[c.Open] != '(' || text[c.Close] != ')' || int(c.Close) != len(text)-1 {
			t.Errorf("the parentheses of %q are at %d and %d", text, c.Open, c.Close)
		}
	}
}

func TestWalkIsInTheOrderOfTheSource(t *testing.T) {
	text := "@d\ndef f(a: b = c, *e, g=h, **i: j) -> k:\n  l(m, *n, o=p, *q, **r)\n  {s: t, **u}\n" +
		"  return v if w else x\nclass y(z, A=B, *C): D\n"
	var names []string
	Walk(parse(t, text), func(n Node) bool {
		if name, ok := n.(*Name); ok {
			names = append(names, name.ID)
		}
		return true
	})
	if got, want := strings.Join(names, ""), "dbchjklmnpqrstuvwxzBCD"; got != want {
		t.Errorf("the names are visited as %s, not %s", got, want)
	}
	count := 0
	Walk(parse(t, text), func(n Node) bool {
		count++
		_, module := n.(*Module)
		return module
	})
	if count != 3 {
		t.Errorf("%d nodes are visited where only those of the module were asked for", count)
	}
}

func TestNamesAreNormalised(t *testing.T) {
	if got := parseExpr(t, "ﬁ").(*Name).ID; got != "fi" {
		t.Errorf("the name is %q", got)
	}
}

func TestTokensHaveCommentsAndNewlines(t *testing.T) {
	text := "# a\nif x: # b\n\n  f(1, # c\n    'd')\nz = f'{y!r:>{w}}!'"
	tokens, err := Tokens([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, token := range tokens {
		word := written(text, token)
		switch {
		case token.Kind == Indent || token.Kind == Dedent || token.Kind == EndMarker || token.Kind == Newline:
			word = []string{EndMarker: "end", Newline: "newline", Indent: "indent", Dedent: "dedent"}[token.Kind]
		case token.Kind == BlankNewline:
			word = "blank"
		case token.Kind.Keyword():
			word = "keyword " + word
		case token.Kind.Operator():
			word = "operator " + word
		}
		got = append(got, word)
	}
	want := []string{
		"# a", "blank", "keyword if", "x", "operator :", "# b", "newline", "blank", "indent", "f", "operator (", "1",
		"operator ,", "# c", "blank", "'d'", "operator )", "newline", "dedent", "z", "operator =", "f'", "operator {", "y",
		"operator !", "r", "operator :", ">", "operator {", "w", "operator }", "operator }", "!", "'", "newline", "end",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the tokens are\n%q, not\n%q", got, want)
	}
}

func TestErrorsSayWhere(t *testing.T) {
	for text, want := range map[string]int{
		"x = (1,\n": 8, "x = 'a": 4, "x\n  y": 2, "f(a=1, b)": 7, "1 = x": 0, "a b": 2, "if x:\n  y\n z": 11, "x = '\xff'": 5, "x\x00": 1,
	} {
		_, err := Parse([]byte(text))
		if err == nil {
			t.Errorf("%q parses", text)
		} else if got := err.(*Error).Offset; got != want {
			t.Errorf("the error of %q is at %d, not %d: %v", text, got, want, err)
		}
	}
}

// What some version of CPython takes and others refuse is taken.
func TestOldLeniencyStays(t *testing.T) {
	for _, text := range []string{
		"# \xe9\nx", "x # \xe9", "\xef\xbb\xbf# coding: utf-8\n# \xe9\n", // up to 3.13
		"x\n\\\r\n", "if x:\n  y \\\r\n", // up to 3.11
		"f'{x:a\n}'", // 3.12 and 3.13
	} {
		parse(t, text)
	}
}

// No text makes the parser take more time than it is long.
func TestTimeIsLinear(t *testing.T) {
	const many = 200_000
	for name, text := range map[string]string{
		"imports":        "import a" + strings.Repeat(".a", many),
		"spaced imports": "import a" + strings.Repeat(" . a", many),
		"f-strings":      "(f'' " + strings.Repeat("'x' ", many) + ")",
		"texts":          "f'" + strings.Repeat("{{", many) + "'",
		"specs":          "f'''{x:" + strings.Repeat("\n", many) + "}'''",
		"targets":        strings.Repeat("(a, b) = ", many) + "c",
		"lines":          "x = '" + strings.Repeat("\\\n", many) + "'",
		"withs":          strings.Repeat("with (a, b): c\n", many),
		"matches":        strings.Repeat("match(a)\n", many),
	} {
		if _, err := Parse([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is nested deeper than CPython takes is refused, and the tree of what is not can be
// walked.
func TestDepthIsBounded(t *testing.T) {
	const many = 200_000
	for name, text := range map[string]string{
		"brackets":   strings.Repeat("(", many) + strings.Repeat(")", many),
		"f-strings":  strings.Repeat("f'{", many),
		"signs":      strings.Repeat("-", many) + "x",
		"nots":       strings.Repeat("not ", many) + "x",
		"lambdas":    strings.Repeat("lambda:", many) + "x",
		"powers":     "x" + strings.Repeat("**x", many),
		"choices":    "x" + strings.Repeat(" if x else x", many),
		"sums":       "x" + strings.Repeat("+x", many),
		"attributes": "x" + strings.Repeat(".x", many),
		"calls":      "x" + strings.Repeat("()", many),
		"elifs":      "if x: x\n" + strings.Repeat("elif x: x\n", many),
		"specs":      "f'" + strings.Repeat("{x:", many),
		"patterns":   "match x:\n case x" + strings.Repeat(".x", many) + ": x",
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("200,000 %s parse", name)
		}
	}
	for name, text := range map[string]string{
		"brackets": strings.Repeat("(", 190) + "x" + strings.Repeat(")", 190),
		"signs":    strings.Repeat("-", 1000) + "x",
		"nots":     strings.Repeat("not ", 1000) + "x",
		"sums":     "x" + strings.Repeat("+x", 10_000),
		"elifs":    "if x: x\n" + strings.Repeat("elif x: x\n", 2000),
		"elements": "[" + strings.Repeat("x.y(z + 1), ", 200_000) + "]",
		"strings":  "(" + strings.Repeat("'x' ", 10_000) + ")",
		"ands":     "x" + strings.Repeat(" and x", many),
		"lines":    strings.Repeat("x = 1 + 1\n", 100_000),
	} {
		m, err := Parse([]byte(text))
		if err != nil {
			t.Errorf("some %s: %v", name, err)
			continue
		}
		Walk(m, func(Node) bool { return true })
	}
}

package pipeline

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTagValue(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got := tagValue(in)
		if got != want {
			t.Errorf("tagValue(%q) = %q, want %q", in, got, want)
		}
		if again := tagValue(got); again != got {
			t.Errorf("tagValue is not stable on %q: %q", got, again)
		}
	}
	f("", "")
	f("web", "web")
	f("Web-Store", "web-store")
	f("a b  c", "a_b_c")
	f("a__b", "a_b")
	f("trailing ", "trailing")
	f("trailing_", "trailing")
	f(" leading", "_leading")
	f("_leading", "_leading")
	f("1.2/3:4-5", "1.2/3:4-5")
	f("!!!", "")
	f("\U0001f40e", "")
	f("a\U0001f40eb", "a_b")
	f("ÄPFEL", "äpfel")
	f("naïve café", "naïve_café")
	f("a\xff\xfeb", "a_b")
	f("\ufffd", "")
	f(strings.Repeat("x", 300), strings.Repeat("x", 200))
	f(strings.Repeat("é", 300), strings.Repeat("é", 200))
	f(strings.Repeat("x", 199)+"  y", strings.Repeat("x", 199))
	f("a"+strings.Repeat("\U0001f40e", 150)+"b", "a")
}

func TestOperation(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := operation(in); got != want {
			t.Errorf("operation(%q) = %q, want %q", in, got, want)
		}
	}
	f("flask.request", "flask.request")
	f("Flask.Request", "Flask.Request")
	f("1.2.flask", "flask")
	f("123", "")
	f("", "")
	f("a b", "a_b")
	f("a  b", "a_b")
	f("a_ .b", "a.b")
	f("a. b", "a.b")
	f("a._b", "a._b")
	f("a._b c", "a.b_c")
	f("a__b", "a_b")
	f("trailing_", "trailing")
	f("trailing  ", "trailing")
	f("naïve", "na_ve")
	f("grpc-client/call", "grpc_client_call")
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "web", "A b", "a._b c_", "é\xff", strings.Repeat("x ", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v := tagValue(s); utf8.RuneCountInString(v) > maxTagRunes || (utf8.ValidString(s) && !utf8.ValidString(v)) {
			t.Errorf("tagValue(%q) = %q", s, v)
		}
		v := operation(s)
		if v != "" && (!isLetter(v[0]) || !isOperation(v)) {
			t.Errorf("operation(%q) = %q", s, v)
		}
	})
}

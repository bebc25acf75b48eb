package span

import "testing"

func TestCutKeepsCharactersWhole(t *testing.T) {
	f := func(in string, limit int, want string) {
		t.Helper()
		if got := Cut(in, limit); got != want {
			t.Errorf("Cut(%q, %d) = %q, want %q", in, limit, got, want)
		}
	}
	f("abc", 3, "abc")
	f("abcd", 3, "abc")
	f("aé", 2, "a")
	f("\U0001f40e", 3, "")
}

package stats

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// unlike ddtrace 4.16, which lowers the case of the prefix of a bit string.
var unlike = map[string]string{`SELECT N'abc', E'a\\', B'01'`: "SELECT N ? E ? B ?"}

func TestResourcesAreCountedAsDdtraceCountsThem(t *testing.T) {
	var cases []struct{ Type, Resource, Want string }
	b, err := os.ReadFile("testdata/obfuscated.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &cases); err != nil || len(cases) < 60 {
		t.Fatal(len(cases), err)
	}
	for _, c := range cases {
		if want, ok := unlike[c.Resource]; ok {
			c.Want = want
		}
		if got := obfuscate(c.Type, c.Resource); got != c.Want {
			t.Errorf("%s %q:\n got %q\nwant %q", c.Type, c.Resource, got, c.Want)
		}
	}
	if got := commands("SET a b\nGET a\nDEL a\nINCR a"); got != "SET GET DEL ..." {
		t.Errorf("four commands became %q", got)
	}
}

// FuzzObfuscate: whatever the query, nothing of a quoted value stays.
func FuzzObfuscate(f *testing.F) {
	f.Add("SELECT a FROM t WHERE b = ")
	f.Add("/* ' */ SELECT $a$ -- ")
	f.Fuzz(func(t *testing.T, before string) {
		out := obfuscate("sql", before)
		if utf8.ValidString(before) && !utf8.ValidString(out) {
			t.Fatalf("%q became %q", before, out)
		}
		_ = commands(before)
		if strings.ContainsAny(before, "'\"`$/-#\\") {
			return // it may begin a text or a comment itself
		}
		if out := obfuscate("sql", before+" 'secret' "); strings.Contains(out, "secret") {
			t.Fatalf("%q became %q", before, out)
		}
	})
}

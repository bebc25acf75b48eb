package walk

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"hoofprint/internal/migrate/filetest"
)

func utf16Bytes(text string, big bool) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

func TestEncodingsComeBackAsTheyWere(t *testing.T) {
	for name, of := range map[string]struct {
		path string
		raw  []byte
		want string
	}{
		"utf-8":         {"a.py", []byte("x = 'é'\r\n"), "x = 'é'\r\n"},
		"bom":           {"a.py", []byte("\ufeffx = 1"), "\ufeffx = 1"},
		"latin-1":       {"a.py", []byte("# -*- coding: latin-1 -*-\nx = '\xe9'\n"), "# -*- coding: latin-1 -*-\nx = 'é'\n"},
		"second line":   {"a.py", []byte("#!/usr/bin/python\n# vim: fileencoding=cp1252\n# \x80\n"), "#!/usr/bin/python\n# vim: fileencoding=cp1252\n# €\n"},
		"odd but ascii": {"a.py", []byte("# coding: punycode\nx = 1\n"), "# coding: punycode\nx = 1\n"},
		"shift_jis":     {"a.py", []byte("# coding: shift_jis\nx = '\x83\x5c'\n"), "# coding: shift_jis\nx = '\x83\x5c'\n"},
		"euc-jp":        {"a.py", []byte("# coding: EUC_JP\n# \xb0\xa1\n"), "# coding: EUC_JP\n# \xb0\xa1\n"},
		"utf-16 le":     {"a.env", utf16Bytes("A=é", false), "A=é"},
		"utf-16 be":     {"a.env", utf16Bytes("A=é", true), "A=é"},
		"bytes":         {"a.env", []byte("A=\xe9"), "A=\xe9"},
	} {
		text, err := Decode(Entry{Path: of.path}, of.raw)
		if err != nil || string(text.Bytes) != of.want {
			t.Errorf("%s: %q, %v", name, text.Bytes, err)
			continue
		}
		if back, err := text.Encode(text.Bytes); err != nil || !bytes.Equal(back, of.raw) {
			t.Errorf("%s: back as %q, %v", name, back, err)
		}
	}
}

func TestWhatIsNoText(t *testing.T) {
	for name, raw := range map[string]string{"a.py": "x = '\xe9'", "b.py": "# coding: utf-7\n# \x83\x5c", "c.py": string(utf16Bytes("x = 1", false)), "d.env": "\xff\xfeA"} {
		var unreadable *Unreadable
		if text, err := Decode(Entry{Path: name}, []byte(raw)); !errors.As(err, &unreadable) {
			t.Errorf("%s: %+v, %v", name, text, err)
		}
	}
	if _, err := Decode(Entry{Path: "a"}, []byte("a\x00b")); !errors.Is(err, ErrBinary) {
		t.Errorf("%v", err)
	}
	big := filepath.Join(t.TempDir(), "big.py")
	if err := os.WriteFile(big, make([]byte, MaxSize+1), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(Entry{Path: "big.py", Absolute: big}); !errors.Is(err, ErrLarge) {
		t.Errorf("%v", err)
	}
}

func TestWhatIsPython(t *testing.T) {
	for name, want := range map[string]bool{"a.py": true, "a.pyi": true, "a.PYW": true, "script": true, "a.sh": false, "a.pyc": false} {
		if isPython(name, []byte("#!/usr/bin/env python3\n")) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	if isPython("script", []byte("#!/bin/sh\n# python\n")) {
		t.Error("a shell script is no Python")
	}
}

func TestWalkLeavesOutWhatOthersWrote(t *testing.T) {
	root := t.TempDir()
	filetest.Put(t, root, map[string]string{
		"a.py": "", "env/pyvenv.cfg": "", "env/lib/b.py": "", "node_modules/c.py": "", "__pycache__/d.py": "", "x.egg-info/PKG-INFO": "",
		"lib/site-packages/e.py": "", "pic.png": "", "sub/f.py": "", ".github/ci.yml": "", ".env": "", "gen/g.py": "",
	})
	outside := t.TempDir()
	filetest.Put(t, outside, map[string]string{"h.py": ""})
	for link, to := range map[string]string{"out": outside, "loop": root, "l.py": filepath.Join(root, "a.py"), "dangling.py": "/nowhere"} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	o := Options{Root: root, Paths: []string{root}, Exclude: []*Patterns{NewPatterns(root, []string{"gen/"})}}
	if got := walked(t, o); !slices.Equal(got, []string{".env", ".github/ci.yml", "a.py", "sub/f.py"}) {
		t.Fatalf("found %q", got)
	}
	// What is named is scanned whatever it is, and once.
	o.Paths = []string{filepath.Join(root, "sub"), filepath.Join(root, "sub/f.py"), filepath.Join(root, "env"), filepath.Join(root, "l.py")}
	if got := walked(t, o); !slices.Equal(got, []string{"env/lib/b.py", "env/pyvenv.cfg", "l.py", "sub/f.py"}) {
		t.Fatalf("found %q", got)
	}
}

func TestRoot(t *testing.T) {
	base := t.TempDir()
	filetest.Put(t, base, map[string]string{"a/x.py": "", "ab/y.py": "", "a/c/z.py": ""})
	f := func(want string, paths ...string) {
		t.Helper()
		for i := range paths {
			paths[i] = filepath.Join(base, paths[i])
		}
		if root, _, err := Root(paths); err != nil || root != filepath.Join(base, want) {
			t.Fatalf("%s, %v", root, err)
		}
	}
	f("a", "a")
	f("a", "a/x.py")
	f("", "a", "ab")
	f("a", "a/c", "a/x.py")
	f("a", "a/c/z.py", "a")
	if _, _, err := Root([]string{filepath.Join(base, "nowhere")}); err == nil || !strings.Contains(err.Error(), "there is no") {
		t.Fatalf("%v", err)
	}
}

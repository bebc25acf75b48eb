package syntax

import (
	"fmt"
	"testing"
)

func TestValidTextsParse(t *testing.T) {
	for _, s := range valid {
		if _, err := Parse([]byte(s.text)); err != nil {
			t.Errorf("%q: at %d: %v", s.text, err.(*Error).Offset, err)
		}
	}
}

func TestInvalidTextsAreRefused(t *testing.T) {
	for _, text := range invalid {
		_, err := Parse([]byte(text))
		if err == nil {
			t.Errorf("%q parses", text)
			continue
		}
		if offset := err.(*Error).Offset; offset < 0 || offset > len(text) {
			t.Errorf("%q: the error is at %d, outside of the text", text, offset)
		}
	}
}

func TestTreesOfSnippetsAreThoseOfCPython(t *testing.T) {
	for _, version := range versions {
		t.Run(fmt.Sprintf("3.%d", version), func(t *testing.T) {
			p := findPython(t, version)
			var texts []string
			for _, s := range valid {
				if s.since <= version {
					texts = append(texts, s.text)
				}
			}
			paths := write(t, texts)
			for i, theirs := range p.hashes(t, paths) {
				if theirs == refused {
					t.Errorf("CPython 3.%d does not parse %q", version, texts[i])
				} else if theirs != ourHash([]byte(texts[i]), version) {
					t.Logf("%q:", texts[i])
					p.explain(t, paths[i], []byte(texts[i]), theirs)
				}
			}
		})
	}
}

func TestInvalidTextsAreRefusedByCPython(t *testing.T) {
	for _, version := range versions {
		t.Run(fmt.Sprintf("3.%d", version), func(t *testing.T) {
			p := findPython(t, version)
			for i, theirs := range p.hashes(t, write(t, invalid)) {
				if theirs != refused {
					t.Errorf("CPython 3.%d parses %q", version, invalid[i])
				}
			}
		})
	}
}

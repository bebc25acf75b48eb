// Package storetest is the conformance suite of span stores: scripts with
// expected answers, and random questions answered by a reference.
package storetest

import (
	"embed"
	"testing"

	"hoofprint/internal/store"
)

//go:embed testdata/*.txt
var scripts embed.FS

// Run holds a store to the contract. open gives an empty store; settle, which
// may be nil, moves what is stored to where it rests in the end and returns the
// store to go on with.
func Run(t *testing.T, open func(t *testing.T) store.Store, settle func(t *testing.T, s store.Store) store.Store) {
	entries, err := scripts.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := scripts.ReadFile("testdata/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		t.Run(e.Name(), func(t *testing.T) {
			s := settled{Store: open(t), t: t, settle: settle}
			RunScript(t, &s, e.Name(), string(text))
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("random", func(t *testing.T) { runRandom(t, open, settle) })
	t.Run("whole spans", func(t *testing.T) { runWholeSpans(t, open, settle) })
	t.Run("closed", func(t *testing.T) { runClosed(t, open) })
}

// settled settles a store after each Append.
type settled struct {
	store.Store
	t      *testing.T
	settle func(t *testing.T, s store.Store) store.Store
}

// Package waittest lets tests wait for what happens elsewhere.
package waittest

import (
	"testing"
	"time"
)

// patience is for a machine that is busy with other things.
const patience = 60 * time.Second

// Until returns when ok does; what it waits for fails the test if that does not happen.
func Until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

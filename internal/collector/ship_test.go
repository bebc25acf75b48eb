package collector

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// A new agent gets what waits within a second, also after a long outage; one that
// answers errors is left alone for longer.
func TestBackoffIsShortWhereNobodyListens(t *testing.T) {
	for want, err := range map[time.Duration]error{
		reachBackoff: fmt.Errorf("send: %w", errUnreached),
		maxBackoff:   errors.New("503"),
	} {
		s := newShipper("http://localhost:8126", &memory{}, nil, New(Config{SpoolDir: t.TempDir()}))
		for range 20 {
			s.away(err)
		}
		if wait := time.Until(s.outage.next); wait > want || wait < want/2 {
			t.Errorf("%v: the next attempt is in %v, want %v", err, wait, want)
		}
	}
	// An agent that failed for long and then went away.
	s := newShipper("http://localhost:8126", &memory{}, nil, New(Config{SpoolDir: t.TempDir()}))
	for range 20 {
		s.away(errors.New("503"))
	}
	s.away(errUnreached)
	if wait := time.Until(s.outage.next); wait > reachBackoff {
		t.Errorf("the next attempt is in %v", wait)
	}
}

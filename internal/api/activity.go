package api

import (
	"slices"
	"sync"
	"time"

	"hoofprint/internal/span"
)

// Activity counts the spans stored since the start. It observes every Append.
type Activity struct {
	now func() time.Time

	mu           sync.Mutex
	spans        int64
	seconds      [rateSeconds + 1]second // the current one and those before it
	integrations map[string]bool
}

type second struct{ at, spans int64 }

// NewActivity begins counting; a nil clock is the system's.
func NewActivity(now func() time.Time) *Activity {
	if now == nil {
		now = time.Now
	}
	return &Activity{now: now, integrations: map[string]bool{}}
}

// Observe counts stored spans.
func (a *Activity) Observe(spans []span.Span) {
	at := a.now().Unix()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.spans += int64(len(spans))
	slot := &a.seconds[at%int64(len(a.seconds))]
	if slot.at != at {
		*slot = second{at: at}
	}
	slot.spans += int64(len(spans))
	for i := range spans {
		if name, ok := spans[i].Tag(span.KeyComponent); ok && len(a.integrations) < maxIntegrations && !a.integrations[name] {
			a.integrations[name] = true
		}
	}
}

// snapshot gives the count since the start, the rate over the last whole
// seconds, and the components seen.
func (a *Activity) snapshot() (spans int64, rate float64, integrations []string) {
	at := a.now().Unix()
	a.mu.Lock()
	defer a.mu.Unlock()
	var recent int64
	for _, s := range a.seconds {
		if at-rateSeconds <= s.at && s.at < at {
			recent += s.spans
		}
	}
	integrations = make([]string, 0, len(a.integrations))
	for name := range a.integrations {
		integrations = append(integrations, name)
	}
	slices.Sort(integrations)
	return a.spans, float64(recent) / rateSeconds, integrations
}

package identity

import (
	"context"

	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

type watched struct {
	store.Store
	observers []func([]span.Span)
}

// Watch returns the store with observers that see the spans of each successful
// Append. They must keep no references.
func Watch(s store.Store, observers ...func([]span.Span)) store.Store {
	return watched{s, observers}
}

func (w watched) Append(ctx context.Context, spans []span.Span) error {
	if err := w.Store.Append(ctx, spans); err != nil {
		return err
	}
	for _, observe := range w.observers {
		observe(spans)
	}
	return nil
}

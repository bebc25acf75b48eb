package pipeline

import (
	"context"
	"fmt"

	"hoofprint/internal/span"
)

// DropStored makes the pipeline ask which spans of a payload that may repeat some
// are stored already, and leave those out. To be called before the first Process.
func (p *Pipeline) DropStored(stored func(context.Context, []span.Span) ([]bool, error)) {
	p.stored = stored
}

// withoutStored leaves out spans that are stored already; it keeps the order. The
// input is unchanged: a payload may be processed again.
func (p *Pipeline) withoutStored(ctx context.Context, spans []span.Span) ([]span.Span, error) {
	stored, err := p.stored(ctx, spans)
	if err != nil {
		return nil, fmt.Errorf("look which of %d spans are stored already: %w", len(spans), err)
	}
	kept := make([]span.Span, 0, len(spans))
	for i := range spans {
		if !stored[i] {
			kept = append(kept, spans[i])
		}
	}
	return kept, nil
}

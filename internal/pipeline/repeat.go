package pipeline

import (
	"context"
	"fmt"

	"hoofprint/internal/span"
)

// DropStored makes the pipeline look at stored traces before it hands on a
// payload that may repeat spans, and leave out those that are there. To be called
// before the first Process.
func (p *Pipeline) DropStored(trace func(context.Context, span.TraceID) ([]span.Span, error)) {
	p.stored = trace
}

// withoutStored leaves out spans that are stored already; it keeps the order. The
// input is unchanged: a payload may be processed again.
func (p *Pipeline) withoutStored(ctx context.Context, spans []span.Span) ([]span.Span, error) {
	type identity struct {
		id    uint64
		start int64
	}
	known := make(map[span.TraceID]map[identity]bool)
	kept := make([]span.Span, 0, len(spans))
	for i := range spans {
		s := &spans[i]
		ids, asked := known[s.TraceID]
		if !asked {
			stored, err := p.stored(ctx, s.TraceID)
			if err != nil {
				return nil, fmt.Errorf("look for spans of trace %s that are stored already: %w", s.TraceID, err)
			}
			ids = make(map[identity]bool, len(stored))
			for j := range stored {
				ids[identity{stored[j].ID, stored[j].Start}] = true
			}
			known[s.TraceID] = ids
		}
		if !ids[identity{s.ID, s.Start}] {
			kept = append(kept, *s)
		}
	}
	return kept, nil
}

package inband

import "hoofprint/internal/span"

// arenaBlock is how many elements an arena allocates at once for large payloads.
const arenaBlock = 512

// spareTags is room for what the pipeline adds to a span.
const spareTags = 1

// Arena hands out lists for the tags and metrics of one payload from few
// allocations.
type Arena struct {
	block   int
	tags    []span.Tag
	metrics []span.Metric
}

// NewArena is for a payload of so many bytes.
func NewArena(payload int) Arena {
	// A tag takes some 24 bytes of a payload: small ones get small blocks.
	return Arena{block: min(arenaBlock, payload/24)}
}

// Tags collects up to n tags.
func (a *Arena) Tags(n int) Tags {
	n += spareTags
	if n > cap(a.tags) {
		a.tags = make([]span.Tag, 0, max(n, a.block))
	}
	list := a.tags[:0:n]
	a.tags = a.tags[n:n:cap(a.tags)]
	return Tags{list: list}
}

// Metrics collects up to n metrics.
func (a *Arena) Metrics(n int) Metrics {
	if n > cap(a.metrics) {
		a.metrics = make([]span.Metric, 0, max(n, a.block/4))
	}
	list := a.metrics[:0:n]
	a.metrics = a.metrics[n:n:cap(a.metrics)]
	return Metrics{list: list}
}

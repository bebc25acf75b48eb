package collector

import (
	"slices"
	"strings"

	"hoofprint/internal/span"
)

// decision is what a chunk needs to carry when the local root is not in it.
type decision struct {
	priority int8
	tags     []span.Tag
	metrics  []span.Metric
}

// decisions remembers those of the traces closed last: a span may begin after
// its local root and everything else has ended, as a task does that nobody
// awaits. Most are equal, and share one value.
type decisions struct {
	last    *decision
	scratch []span.Tag
	recent  map[traceKey]*decision
	order   []traceKey // a ring of maxClosed
	next    int
}

// of takes from a local root what other chunks of its trace repeat.
func (d *decisions) of(root *span.Span) *decision {
	tags := d.scratch[:0]
	for i := range root.Tags {
		if key := root.Tags[i].Key; repeated(key) {
			tags = append(tags, root.Tags[i])
		}
	}
	d.scratch = tags
	p := priority(root)
	if d.last == nil || d.last.priority != p || !slices.Equal(d.last.tags, tags) {
		d.last = &decision{priority: p, tags: slices.Clone(tags)}
	}
	return d.last
}

// repeated tells which tags ddtrace puts on the first span of each chunk. The
// upper half of the trace id is not among them: every span here has it.
func repeated(key string) bool {
	switch key {
	case span.KeyOrigin, "language", "_dd.tags.process", "_dd.python_main_package":
		return true
	case span.KeyTraceIDHigh:
		return false
	}
	return strings.HasPrefix(key, "_dd.p.") || strings.HasPrefix(key, "_dd.git.")
}

func (d *decisions) remember(key traceKey, v *decision) {
	if d.recent == nil {
		d.recent = make(map[traceKey]*decision, maxClosed)
		d.order = make([]traceKey, 0, maxClosed)
	}
	if len(d.order) < maxClosed {
		d.order = append(d.order, key)
	} else {
		delete(d.recent, d.order[d.next])
		d.order[d.next] = key
		d.next = (d.next + 1) % maxClosed
	}
	d.recent[key] = v
}

func (d *decisions) recall(key traceKey) *decision { return d.recent[key] }

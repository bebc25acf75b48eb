package stats

import (
	"strings"
	"time"

	"hoofprint/internal/sketch"
	"hoofprint/internal/span"
	wire "hoofprint/internal/wire/stats"
)

const (
	bucketNanos = int64(10 * time.Second)
	// kept is how many buckets still take spans: the running one and the one
	// before. Older spans count in the oldest of them.
	kept = 2
)

// Concentrator counts the spans of one process. For one goroutine.
type Concentrator struct {
	buckets map[int64]*bucket // by start
	oldest  int64             // start of the oldest bucket that takes spans
}

type bucket struct {
	groups    map[key]*group
	resources set
	endpoints set
	peers     set
	extras    set
}

// set holds values of a key that are told apart.
type set map[string]struct{}

type group struct {
	hits, errors, topLevel, duration uint64
	ok, failed                       sketch.Sketch
}

// New makes an empty concentrator.
func New(now time.Time) *Concentrator {
	return &Concentrator{buckets: map[int64]*bucket{}, oldest: start(now.UnixNano())}
}

func start(nanos int64) int64 { return nanos - nanos%bucketNanos }

// Empty tells whether there is nothing to flush.
func (c *Concentrator) Empty() bool { return len(c.buckets) == 0 }

// Add counts the spans of a chunk that have to be counted.
func (c *Concentrator) Add(chunk *span.Chunk, cfg *Config, now time.Time) {
	synthetics := strings.HasPrefix(chunk.Origin, "synthetics")
	for i := range chunk.Spans {
		s := &chunk.Spans[i]
		top, ok := countable(s, cfg)
		if !ok {
			continue
		}
		duration := max(s.Duration, 0)
		end := min(s.Start+duration, now.UnixNano())
		at := max(start(end), c.oldest)
		b := c.buckets[at]
		if b == nil {
			b = &bucket{groups: map[key]*group{}, resources: set{}, endpoints: set{}, peers: set{}, extras: set{}}
			c.buckets[at] = b
		}
		g := b.group(keyOf(s, synthetics, cfg), &cfg.Limits)
		g.hits++
		g.duration += uint64(duration)
		if top {
			g.topLevel++
		}
		if s.Error != 0 {
			g.errors++
			g.failed.Add(float64(duration), 1)
		} else {
			g.ok.Add(float64(duration), 1)
		}
	}
}

// countable tells whether a span counts, and whether it is an entry span.
func countable(s *span.Span, cfg *Config) (top, ok bool) {
	measured := false
	for i := range s.Metrics {
		switch m := &s.Metrics[i]; m.Key {
		case span.KeyTopLevel, "_top_level":
			top = top || m.Value == 1
		case span.KeyMeasured:
			measured = m.Value == 1
		case "_dd.partial_version":
			if m.Value >= 0 {
				return false, false
			}
		case span.KeyUnfinished:
			return false, false
		}
	}
	if top || measured {
		return top, true
	}
	kind, _ := s.Tag(span.KeyKind)
	return false, cfg.counts(kind)
}

// group finds the counts of a key, within the limits.
func (b *bucket) group(k key, limits *Limits) *group {
	if g := b.groups[k]; g != nil {
		return g
	}
	k.resource = b.resources.within(k.resource, limits.Resources)
	k.endpoint = b.endpoints.within(k.endpoint, limits.Endpoints)
	k.peers = b.peers.within(k.peers, limits.PeerTags)
	k.extras = b.extras.within(k.extras, limits.AdditionalTags)
	g := b.groups[k]
	if g == nil && len(b.groups) >= limits.Groups {
		k = key{service: Blocked, name: Blocked, resource: Blocked, spanType: Blocked, kind: Blocked, peers: Blocked,
			method: Blocked, endpoint: Blocked, source: Blocked, extras: Blocked}
		g = b.groups[k]
	}
	if g == nil {
		g = &group{}
		b.groups[k.clone()] = g
	}
	return g
}

// within admits a value to a set of limited size, or blocks it.
func (s set) within(value string, limit int) string {
	if _, ok := s[value]; ok {
		return value
	}
	if len(s) >= limit {
		return Blocked
	}
	s[strings.Clone(value)] = struct{}{}
	return value
}

// Flush gives the buckets that no span is expected for any more, or all.
func (c *Concentrator) Flush(now time.Time, all bool) []wire.Bucket {
	oldest := start(now.UnixNano()) - (kept-1)*bucketNanos
	if !all {
		c.oldest = max(c.oldest, oldest)
	}
	var out []wire.Bucket
	for at, b := range c.buckets {
		if !all && at >= oldest {
			continue
		}
		delete(c.buckets, at)
		o := wire.Bucket{Start: uint64(at), Duration: uint64(bucketNanos), Groups: make([]wire.Group, 0, len(b.groups))}
		for k, g := range b.groups {
			w := k.wire()
			w.Hits, w.Errors, w.TopLevelHits, w.Duration = g.hits, g.errors, g.topLevel, g.duration
			w.OkSummary, w.ErrorSummary = g.ok.Append(nil), g.failed.Append(nil)
			o.Groups = append(o.Groups, w)
		}
		out = append(out, o)
	}
	return out
}

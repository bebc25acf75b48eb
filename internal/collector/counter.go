package collector

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"hoofprint/internal/ring"
	"hoofprint/internal/settings"
	"hoofprint/internal/span"
	"hoofprint/internal/stats"
	wire "hoofprint/internal/wire/stats"
)

// counter counts the spans of one process for its agent. For the goroutine of
// the shipper.
type counter struct {
	client      span.Client
	desc        ring.Description
	limits      stats.Limits
	tags        []string // additional ones
	spans       *stats.Concentrator
	sequence    uint64
	processTags string
}

// newCounter makes the counter of a process, nil if that wants no stats.
func newCounter(d *ring.Description, client span.Client) *counter {
	if !wantsStats(d) {
		return nil
	}
	limits := stats.DefaultLimits()
	for name, limit := range map[string]*int{
		"DD_TRACE_STATS_CARDINALITY_LIMIT":                 &limits.Groups,
		"DD_TRACE_STATS_RESOURCE_CARDINALITY_LIMIT":        &limits.Resources,
		"DD_TRACE_STATS_HTTP_ENDPOINT_CARDINALITY_LIMIT":   &limits.Endpoints,
		"DD_TRACE_STATS_PEER_TAGS_CARDINALITY_LIMIT":       &limits.PeerTags,
		"DD_TRACE_STATS_ADDITIONAL_TAGS_CARDINALITY_LIMIT": &limits.AdditionalTags,
	} {
		if n, err := strconv.Atoi(d.Settings[name]); err == nil && n > 0 {
			*limit = n
		}
	}
	var tags []string
	for key := range strings.SplitSeq(d.Settings["DD_TRACE_STATS_ADDITIONAL_TAGS"], ",") {
		if key = strings.TrimSpace(key); key != "" {
			tags = append(tags, key)
		}
	}
	slices.Sort(tags)
	return &counter{client: client, desc: *d, limits: limits, tags: slices.Compact(tags), spans: stats.New(time.Now())}
}

// wantsStats: ddtrace computes stats by default from Python 3.14 on.
func wantsStats(d *ring.Description) bool {
	major, rest, _ := strings.Cut(d.LangVersion, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, errA := strconv.Atoi(major)
	b, errB := strconv.Atoi(minor)
	byDefault := errA == nil && errB == nil && (a > 3 || a == 3 && b >= 14)
	return settings.BoolOf(d.Settings, "DD_TRACE_STATS_COMPUTATION_ENABLED", byDefault)
}

func (c *counter) add(chunk *span.Chunk, cfg stats.Config, now time.Time) {
	if len(chunk.Spans) == 0 {
		return
	}
	if c.processTags == "" {
		c.processTags, _ = chunk.Spans[0].Tag("_dd.tags.process")
	}
	cfg.Limits, cfg.AdditionalTags = c.limits, c.tags
	c.spans.Add(chunk, &cfg, now)
}

// flush gives what is to be sent, nil if that is nothing.
func (c *counter) flush(now time.Time, all bool) *wire.Payload {
	buckets := c.spans.Flush(now, all)
	if len(buckets) == 0 {
		return nil
	}
	p := &wire.Payload{
		Hostname: c.desc.Hostname, Env: c.desc.Env, Version: c.desc.Version, RuntimeID: c.desc.RuntimeID, Sequence: c.sequence,
		Service: c.desc.Service, ContainerID: c.desc.ContainerID, ProcessTags: c.processTags, Buckets: buckets,
	}
	c.sequence++
	return p
}

// counted is a chunk that counts once it is delivered, or dropped for good.
type counted struct {
	counter *counter
	chunk   span.Chunk
}

// thin takes out of a batch what its agent has no use for, and leaves what is to
// be counted. It is done once, before the first attempt: the traces that the
// agent would throw away are neither sent nor counted; with client stats, those
// that nobody decided to keep are counted only, unless one of their spans failed,
// and of the others the spans stay that were sampled by themselves.
func (b *batch) thin(info *agentInfo) {
	if b.thinned {
		return
	}
	b.thinned = true
	if !b.stats || !info.stats {
		return
	}
	b.payload.Client.ComputedStats = true
	b.config = info.config
	kept := make([]span.Chunk, 0, len(b.payload.Chunks))
	for i := range b.payload.Chunks {
		chunk := b.payload.Chunks[i]
		if len(chunk.Spans) == 0 || info.filter.Rejects(&chunk.Spans[0]) {
			continue
		}
		if counter := b.counters[i]; counter != nil {
			b.counted = append(b.counted, counted{counter, chunk})
		}
		if chunk.Priority > 0 || chunk.Priority == span.PriorityNone || failed(chunk.Spans) {
			kept = append(kept, chunk)
			continue
		}
		all := len(chunk.Spans)
		chunk.Spans = sampledAlone(chunk.Spans)
		if len(chunk.Spans) > 0 {
			kept = append(kept, chunk)
		} else {
			b.payload.Client.DroppedTraces++
		}
		b.payload.Client.DroppedSpans += int64(all - len(chunk.Spans))
	}
	b.payload.Chunks, b.counters = kept, nil
	b.count()
}

func failed(spans []span.Span) bool {
	for i := range spans {
		if spans[i].Error != 0 {
			return true
		}
	}
	return false
}

// sampledAlone gives the spans that a single-span rule keeps; the first of them
// carries what the first span of the chunk told of it.
func sampledAlone(spans []span.Span) (out []span.Span) {
	for i := range spans {
		if v, _ := spans[i].Metric("_dd.span_sampling.mechanism"); v == 8 {
			out = append(out, spans[i])
		}
	}
	if len(out) == 0 || out[0].ID == spans[0].ID {
		return out
	}
	head := &out[0]
	head.Tags = append([]span.Tag(nil), head.Tags...)
	for _, tag := range spans[0].Tags {
		if _, ok := head.Tag(tag.Key); !ok && repeated(tag.Key) {
			head.Tags = append(head.Tags, tag)
		}
	}
	return out
}

// Package store is the contract of a span store and the conformance suite that
// every implementation passes (package storetest). store/parquet is the
// embedded one.
package store

import (
	"context"
	"iter"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
)

// Store keeps spans and answers questions about them.
//
// All methods are safe for concurrent use. Every question sees each span that
// Append acknowledged before the question was asked, wherever it lies by now
// (log, head, files), exactly once, also while heads are sealed and files are
// removed.
type Store interface {
	// Append stores spans. When it returns nil they survive a kill of the
	// process; power loss is bounded by the implementation's sync interval. It
	// MUST NOT keep references to the slice or to its spans. It returns
	// ErrReadOnly when the disk bound leaves no room.
	//
	// A span that comes again (same trace, id and start) is stored once while
	// the first is recent, which is for the implementation to say. A later
	// repetition is stored twice: Trace still returns it once, but List yields
	// and Group, Facets and Keys count both. Who knows that a payload may repeat
	// old ones drops what is stored before Append.
	Append(ctx context.Context, spans []span.Span) error

	// Trace returns every stored span of a trace, ordered by start; an unknown
	// id gives an empty slice and no error. The same span received twice (same
	// id, same start) is returned once.
	Trace(ctx context.Context, id span.TraceID) ([]span.Span, error)

	// List yields spans in the order asked, at most Limit. Yielded spans are
	// the caller's. The error, if any, is yielded last.
	List(ctx context.Context, q List) iter.Seq2[span.Span, error]

	// Group counts spans by keys, time and duration. Groups come in descending
	// order of Count, ties by key.
	Group(ctx context.Context, q Group) (Groups, error)

	// Facets counts the values of several fields in one pass.
	Facets(ctx context.Context, q Facets) (FacetCounts, error)

	// Keys lists the tag and metric keys seen in a range, by descending count.
	Keys(ctx context.Context, r Range) ([]Key, error)

	// Usage says how much is stored.
	Usage() Usage

	// Close makes everything durable and releases all files.
	Close() error
}

// Range selects spans by start: From <= start < To, Unix ns, and by Where; a
// nil Where matches all.
type Range struct {
	From, To int64
	Where    query.Expr
}

// Order of a list.
type Order uint8

const (
	Newest  Order = iota // start, descending
	Oldest               // start, ascending
	Slowest              // duration, descending
	Failing              // errors first, then newest
)

// List asks for spans.
type List struct {
	Range
	Order Order
	Limit int // 0 means 50; at most 10,000
	// Offset skips so many; it is for paging through an unchanging range.
	Offset int
	// Columns limits what is filled of each span: intrinsics always are; nil
	// fills everything, an empty non-nil slice no tags at all.
	Columns []query.Field
}

// Group asks for counts.
type Group struct {
	Range
	// By names the keys of a group; empty makes one group of all. A span
	// without the field counts under "".
	By []query.Field
	// TimeBuckets cuts [From, To) into so many equal buckets; 0 for none.
	TimeBuckets int
	// Latency asks for the histogram of durations.
	Latency bool
	// Limit keeps the groups with most spans; 0 keeps all, up to 10,000.
	Limit int
	// WithoutChild leaves out spans that have a child (same trace, its parent id
	// is theirs) which matches; nil leaves out none. Children count that start
	// up to a minute outside of the range.
	WithoutChild query.Expr
}

// Groups answers Group.
type Groups struct {
	Groups []GroupCount
	// Distinct counts all groups, those beyond Limit included.
	Distinct int
	Total    Count
	Scanned  int64 // spans looked at
}

// GroupCount is one group.
type GroupCount struct {
	Keys []string
	Count
	// Buckets has TimeBuckets entries when they were asked for, else none.
	Buckets []Count
	// Latency holds the durations, per time bucket too when both were asked
	// for (then LatencyBuckets has TimeBuckets entries, nil where no span fell).
	Latency        *Histogram
	LatencyBuckets []*Histogram
}

// Facets asks for the values of fields, each field on its own.
type Facets struct {
	Range
	Fields []query.Field
	// Limit keeps the values of a field with most spans; 0 means 10,000.
	Limit int
}

// FacetCounts answers Facets.
type FacetCounts struct {
	Spans, Errors int64   // of the range
	Facets        []Facet // one for each field asked, in that order
}

// Facet is what one field holds.
type Facet struct {
	Field query.Field
	// Values come in descending order of Spans, ties by Value. Spans without the
	// field count under "".
	Values []FacetValue
	// Distinct counts all values, those beyond Limit and "" included.
	Distinct int
	// Partial says that there are more values than a store counts: Values then
	// lacks some, all but surely rare ones, and Distinct is a lower bound. The
	// counts of those that are there are exact.
	Partial bool
}

// FacetValue is one value of a field.
type FacetValue struct {
	Value         string
	Spans, Errors int64
}

// Count of spans.
type Count struct {
	Spans, Errors int64
	Duration      int64 // sum, ns
}

// Key is a tag or metric key.
type Key struct {
	Field  query.Field
	Spans  int64
	Number bool // values are numbers
}

// Usage of the disk.
type Usage struct {
	Spans       int64 // stored
	Bytes       int64 // on disk, log included
	LimitBytes  int64 // 0 for none
	Oldest      int64 // Unix ns of the oldest start; 0 when empty
	Newest      int64
	Retention   int64 // ns; 0 for none
	BytesPerDay []DayUsage
}

// DayUsage is what one UTC day takes on disk.
type DayUsage struct {
	Day   int64 // Unix ns of its midnight
	Bytes int64
	Spans int64
}

package store

import (
	"maps"
	"math"
	"math/bits"
	"slices"
)

// histogramSub is the number of equal parts of a power of two: values are kept
// within 1/histogramSub, below 1.6 % of their size.
const histogramSub = 64

// Histogram counts durations (ns) in buckets of at most 1.6 % relative width.
// It merges without loss. The zero value is empty.
type Histogram struct {
	counts map[uint16]int64
	total  int64
}

func histogramBucket(v int64) uint16 {
	if v < histogramSub {
		return uint16(max(v, 0))
	}
	exp := bits.Len64(uint64(v)) - 7 // v>>exp lies in [64, 128)
	return uint16(exp*histogramSub) + uint16(v>>exp)
}

// bucketLow is the smallest value of a bucket.
func bucketLow(b uint16) int64 {
	if b < histogramSub {
		return int64(b)
	}
	exp := (b - histogramSub) / histogramSub
	return int64(b-exp*histogramSub) << exp
}

// Add counts one duration.
func (h *Histogram) Add(ns int64) { h.AddN(ns, 1) }

// AddN counts n equal durations.
func (h *Histogram) AddN(ns, n int64) {
	if h.counts == nil {
		h.counts = make(map[uint16]int64)
	}
	h.counts[histogramBucket(ns)] += n
	h.total += n
}

// Merge adds the counts of another histogram.
func (h *Histogram) Merge(o *Histogram) {
	if o == nil {
		return
	}
	if h.counts == nil {
		h.counts = make(map[uint16]int64, len(o.counts))
	}
	for b, n := range o.counts {
		h.counts[b] += n
	}
	h.total += o.total
}

// Total counts the durations added.
func (h *Histogram) Total() int64 { return h.total }

// Quantile returns the duration in ns below which a share q of [0, 1] lies, the
// middle of its bucket; 0 when empty.
func (h *Histogram) Quantile(q float64) int64 {
	if h == nil || h.total == 0 {
		return 0
	}
	rank := int64(math.Ceil(q * float64(h.total)))
	rank = min(max(rank, 1), h.total)
	for _, b := range h.sorted() {
		rank -= h.counts[b]
		if rank <= 0 {
			low, high := bucketLow(b), bucketLow(b+1)
			return low + (high-low)/2
		}
	}
	return 0
}

// Each calls f for every non-empty bucket in ascending order with its bounds,
// low <= value < high.
func (h *Histogram) Each(f func(low, high, count int64)) {
	if h == nil {
		return
	}
	for _, b := range h.sorted() {
		f(bucketLow(b), bucketLow(b+1), h.counts[b])
	}
}

func (h *Histogram) sorted() []uint16 { return slices.Sorted(maps.Keys(h.counts)) }

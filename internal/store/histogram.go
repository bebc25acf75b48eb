package store

import (
	"math"
	"math/bits"
	"slices"
)

// histogramSub is the number of equal parts of a power of two: values are kept
// within 1/histogramSub, below 1.6 % of their size.
const histogramSub = 64

// histogramFew is the number of buckets up to which a histogram is a short list:
// most groups of a time bucket have few spans, and there may be a million.
const histogramFew = 24

// Histogram counts durations (ns) in buckets of at most 1.6 % relative width.
// It merges without loss. The zero value is empty.
type Histogram struct {
	few []bucketCount // ascending; nil once there are blocks
	// blocks holds the counts of each power of two; nil where none was added.
	// A block is 512 bytes, and durations of one kind touch a few.
	blocks []*[histogramSub]int64
	total  int64
}

type bucketCount struct {
	bucket uint16
	count  int64
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
func (h *Histogram) AddN(ns, n int64) { h.add(histogramBucket(ns), n) }

func (h *Histogram) add(b uint16, n int64) {
	h.total += n
	if h.blocks != nil {
		h.block(int(b / histogramSub))[b%histogramSub] += n
		return
	}
	i, ok := slices.BinarySearchFunc(h.few, b, func(e bucketCount, b uint16) int { return int(e.bucket) - int(b) })
	switch {
	case ok:
		h.few[i].count += n
	case len(h.few) < histogramFew:
		h.few = slices.Insert(h.few, i, bucketCount{b, n})
	default:
		for _, e := range append(h.few, bucketCount{b, n}) {
			h.block(int(e.bucket / histogramSub))[e.bucket%histogramSub] += e.count
		}
		h.few = nil
	}
}

func (h *Histogram) block(i int) *[histogramSub]int64 {
	for i >= len(h.blocks) {
		h.blocks = append(h.blocks, nil)
	}
	if h.blocks[i] == nil {
		h.blocks[i] = new([histogramSub]int64)
	}
	return h.blocks[i]
}

// Merge adds the counts of another histogram.
func (h *Histogram) Merge(o *Histogram) {
	if o == nil || h.blocks == nil || o.blocks == nil {
		o.each(h.add)
		return
	}
	h.total += o.total
	for i, from := range o.blocks {
		if from == nil {
			continue
		}
		to := h.block(i)
		for k, n := range from {
			to[k] += n
		}
	}
}

// each calls f for every non-empty bucket in ascending order.
func (h *Histogram) each(f func(bucket uint16, count int64)) {
	if h == nil {
		return
	}
	for _, e := range h.few {
		f(e.bucket, e.count)
	}
	for i, block := range h.blocks {
		if block == nil {
			continue
		}
		for k, n := range block {
			if n != 0 {
				f(uint16(i*histogramSub+k), n)
			}
		}
	}
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
	var at int64
	h.Each(func(low, high, count int64) {
		if rank > 0 {
			at = low + (high-low)/2
		}
		rank -= count
	})
	return at
}

// Each calls f for every non-empty bucket in ascending order with its bounds,
// low <= value < high.
func (h *Histogram) Each(f func(low, high, count int64)) {
	h.each(func(b uint16, n int64) { f(bucketLow(b), bucketLow(b+1), n) })
}

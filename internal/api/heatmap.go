package api

import (
	"math"
	"net/http"
	"sort"

	"hoofprint/internal/store"
)

type heatmapAnswer struct {
	From      millis    `json:"from"`
	To        millis    `json:"to"`
	Step      millis    `json:"step"`
	Durations []int64   `json:"durations"`
	Spans     [][]int64 `json:"spans"`
	Errors    [][]int64 `json:"errors"`
}

const (
	// shortest is where the latency axis begins at the earliest.
	shortest = 1000
	// steepness is the least ratio of two bounds of the axis: above the 1.6 % of
	// a histogram bucket, so that each row has buckets of its own.
	steepness = 1.035
)

func (s *server) heatmap(r *http.Request, p *params) (any, error) {
	all, err := s.Store.Group(r.Context(), store.Group{Range: p.within(p.search), TimeBuckets: p.columns, Latency: true})
	if err != nil {
		return nil, err
	}
	wrong, err := s.Store.Group(r.Context(), store.Group{Range: p.within(p.search, failed()), TimeBuckets: p.columns, Latency: true})
	if err != nil {
		return nil, err
	}
	bounds := latencyAxis(all.Groups, p.rows)
	return heatmapAnswer{
		From: millis(p.from), To: millis(p.to), Step: millis((p.to - p.from) / int64(p.columns)), Durations: bounds,
		Spans: cells(all.Groups, p.columns, bounds), Errors: cells(wrong.Groups, p.columns, bounds),
	}, nil
}

// latencyAxis gives rows+1 ascending bounds, in ns, that enclose all durations
// but those below the shortest, which fall in the first row. They lie on bounds
// of histogram buckets: a selection between two of them holds what was drawn.
func latencyAxis(groups []store.GroupCount, rows int) []int64 {
	low, high := int64(math.MaxInt64), int64(0)
	for _, g := range groups {
		g.Latency.Each(func(from, to, _ int64) { low, high = min(low, from), max(high, to) })
	}
	if high == 0 {
		low, high = 1e6, 10e9
	}
	low = max(low, shortest)
	high = max(high, int64(math.Ceil(float64(low)*math.Pow(steepness, float64(rows)))))
	ratio := math.Pow(float64(high)/float64(low), 1/float64(rows))
	bounds := make([]int64, rows+1)
	for i := range bounds {
		bounds[i] = bucketStart(int64(math.Round(float64(low) * math.Pow(ratio, float64(i)))))
	}
	if bounds[rows] < high {
		bounds[rows] = bucketEnd(high)
	}
	return bounds
}

func bucketStart(ns int64) (start int64) {
	var h store.Histogram
	h.Add(ns)
	h.Each(func(low, _, _ int64) { start = low })
	return start
}

func bucketEnd(ns int64) (end int64) {
	var h store.Histogram
	h.Add(ns)
	h.Each(func(_, high, _ int64) { end = high })
	return end
}

// cells counts per column and row.
func cells(groups []store.GroupCount, columns int, bounds []int64) [][]int64 {
	rows := len(bounds) - 1
	out := make([][]int64, columns)
	for i := range out {
		out[i] = make([]int64, rows)
	}
	for _, g := range groups {
		for i, h := range g.LatencyBuckets {
			h.Each(func(low, _, count int64) {
				// The row whose bounds hold the start of the bucket.
				row := sort.Search(rows, func(j int) bool { return bounds[j+1] > low })
				out[i][min(row, rows-1)] += count
			})
		}
	}
	return out
}

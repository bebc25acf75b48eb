package api

import (
	"cmp"
	"slices"

	"hoofprint/internal/span"
)

// orderForReading sorts by start; of spans that start together the longer one
// comes first, because it is the parent.
func orderForReading(spans []span.Span) {
	slices.SortStableFunc(spans, func(a, b span.Span) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.Duration, a.Duration))
	})
}

// missingParents counts the distinct spans that others name as their parent
// but that are not there.
func missingParents(spans []span.Span) int {
	present := make(map[uint64]bool, len(spans))
	for i := range spans {
		present[spans[i].ID] = true
	}
	missing := map[uint64]bool{}
	for i := range spans {
		if parent := spans[i].ParentID; parent != 0 && !present[parent] {
			missing[parent] = true
		}
	}
	return len(missing)
}

// ownTimes gives for each span, in ns, how long none of its children ran. The
// spans are ordered by start. Children may overlap each other and outlive
// their parent.
func ownTimes(spans []span.Span) []int64 {
	index := make(map[uint64]int, len(spans))
	for i := range spans {
		if _, twice := index[spans[i].ID]; !twice {
			index[spans[i].ID] = i
		}
	}
	own := make([]int64, len(spans))
	// covered is the end of what the children seen so far cover of a span. As
	// children come in the order of their start, each adds what lies behind it.
	covered := make([]int64, len(spans))
	for i := range spans {
		own[i], covered[i] = spans[i].Duration, spans[i].Start
	}
	for i := range spans {
		p, found := index[spans[i].ParentID]
		if !found || p == i {
			continue
		}
		from := max(spans[i].Start, covered[p])
		to := min(spans[i].End(), spans[p].End())
		if to > from {
			own[p] -= to - from
			covered[p] = to
		}
	}
	return own
}

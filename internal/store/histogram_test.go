package store

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestHistogramBucketsAreContiguousAndNarrow(t *testing.T) {
	for b := uint16(0); b < 3500; b++ {
		low, high := bucketLow(b), bucketLow(b+1)
		if high <= low {
			t.Fatalf("bucket %d: [%d, %d)", b, low, high)
		}
		if histogramBucket(low) != b || histogramBucket(high-1) != b {
			t.Fatalf("bucket %d: bounds [%d, %d) fall into %d and %d", b, low, high, histogramBucket(low), histogramBucket(high-1))
		}
		if low >= histogramSub && float64(high-low)/float64(low) > 1.0/64+1e-9 {
			t.Fatalf("bucket %d is %g wide", b, float64(high-low)/float64(low))
		}
	}
	if b := histogramBucket(math.MaxInt64); bucketLow(b) <= 0 {
		t.Fatalf("the largest duration falls into bucket %d from %d", b, bucketLow(b))
	}
}

func TestHistogramQuantilesAgreeWithSorting(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var a, b Histogram
	var all []int64
	for i := range 20000 {
		v := int64(math.Exp(r.NormFloat64()*2 + 14))
		all = append(all, v)
		if i%2 == 0 {
			a.Add(v)
		} else {
			b.Add(v)
		}
	}
	a.Merge(&b)
	slices.Sort(all)
	for _, q := range []float64{0, 0.5, 0.95, 0.99, 1} {
		exact := all[max(int(math.Ceil(q*float64(len(all))))-1, 0)]
		if got := a.Quantile(q); math.Abs(float64(got-exact)) > 0.01*float64(exact) {
			t.Errorf("q%g = %d, exact %d", q, got, exact)
		}
	}
	var empty Histogram
	if empty.Quantile(0.5) != 0 || empty.Total() != 0 {
		t.Error("an empty histogram has a quantile")
	}
}

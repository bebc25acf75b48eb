// Package sketch counts durations so that any quantile of them can be told
// within 0.8 percent, in the form that Datadog Agents take (DDSketch): a
// logarithmic mapping of values to bins of growing width, and counts of the bins
// in a dense store that gives up its lowest bins when it would grow too long.
package sketch

import "math"

// The mapping is the one that Datadog's tracers use: sketches of one mapping
// merge without loss, whoever made them.
const (
	gamma  = 1.015625
	offset = 1338.5
	// maxBins bounds a sketch.
	maxBins = 2048
	// minGrowth is by how many bins a store grows at least.
	minGrowth = 32
)

// perLog is the number of bins in a factor of e.
var perLog = 1 / math.Log(gamma)

// Sketch counts values. The zero value is an empty one.
type Sketch struct {
	zero   float64
	lowest int       // index of counts[0]
	counts []float64 // of neighbouring bins
	count  float64   // of all values
}

// index gives the bin of a positive value.
func index(v float64) int { return int(math.Floor(math.Log(v)*perLog + offset)) }

// value gives the value that stands for a bin.
func value(i int) float64 {
	low := math.Exp((float64(i) - offset) / perLog)
	return low * 2 * gamma / (1 + gamma)
}

// Add counts a value n times. Values below 1 count as zero, what is no number not
// at all.
func (s *Sketch) Add(v, n float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) || !(n > 0) || math.IsInf(n, 0) {
		return
	}
	s.count += n
	if v < 1 {
		s.zero += n
		return
	}
	s.add(index(v), n)
}

func (s *Sketch) add(i int, n float64) {
	if len(s.counts) == 0 {
		s.lowest, s.counts = i, make([]float64, 1, minGrowth)
	}
	switch last := s.lowest + len(s.counts) - 1; {
	case i < s.lowest:
		low := max(i, last-maxBins+1)
		if low < s.lowest {
			// Some more than is needed, for what comes next; never beyond the bound.
			low = max(min(low, s.lowest-minGrowth), last-maxBins+1)
			grown := make([]float64, last-low+1)
			copy(grown[s.lowest-low:], s.counts)
			s.lowest, s.counts = low, grown
		}
		i = max(i, low)
	case i > last:
		if i-s.lowest+1 > maxBins {
			s.collapse(i - maxBins + 1)
		}
		for s.lowest+len(s.counts) <= i {
			s.counts = append(s.counts, 0)
		}
	}
	s.counts[i-s.lowest] += n
}

// collapse moves what lies below a bin into that bin.
func (s *Sketch) collapse(low int) {
	var sum float64
	gone := min(low-s.lowest, len(s.counts))
	for _, n := range s.counts[:gone] {
		sum += n
	}
	s.counts = append(s.counts[:0], s.counts[gone:]...)
	s.lowest = low
	if len(s.counts) == 0 {
		s.counts = append(s.counts, 0)
	}
	s.counts[0] += sum
}

// Merge adds the counts of another sketch.
func (s *Sketch) Merge(o *Sketch) {
	s.zero += o.zero
	s.count += o.count
	for i := len(o.counts) - 1; i >= 0; i-- {
		if o.counts[i] > 0 {
			s.add(o.lowest+i, o.counts[i])
		}
	}
}

// Count of the values.
func (s *Sketch) Count() float64 { return s.count }

// Quantile gives the value below which a share q of the values lies; 0 without any.
func (s *Sketch) Quantile(q float64) float64 {
	rank := q * (s.count - 1)
	sum := s.zero
	if len(s.counts) == 0 || sum > rank {
		return 0
	}
	for i, n := range s.counts {
		if sum += n; sum > rank {
			return value(s.lowest + i)
		}
	}
	return value(s.lowest + len(s.counts) - 1)
}

package sketch

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"sort"
	"testing"
)

func TestQuantilesAreAsExactAsPromised(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, spread := range []float64{1, 5, 12} {
		var s, a, b Sketch
		var all []float64
		for i := range 5000 {
			v := math.Exp(random.NormFloat64()*spread/4 + 14)
			all = append(all, v)
			s.Add(v, 1)
			if i%2 == 0 {
				a.Add(v, 1)
			} else {
				b.Add(v, 1)
			}
		}
		sort.Float64s(all)
		a.Merge(&b)
		back, err := Decode(s.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range []float64{0, 0.01, 0.5, 0.95, 0.99, 1} {
			want := all[int(q*float64(len(all)-1))]
			for name, got := range map[string]float64{"as it is": s.Quantile(q), "merged": a.Quantile(q), "decoded": back.Quantile(q)} {
				if math.Abs(got-want) > want*0.00776 {
					t.Errorf("spread %g, quantile %g, %s: %g, want %g", spread, q, name, got, want)
				}
			}
		}
		if s.Count() != 5000 || a.Count() != 5000 || back.Count() != 5000 {
			t.Errorf("counts %g %g %g", s.Count(), a.Count(), back.Count())
		}
	}
}

// TestLowestBinsGiveWay: no order of values makes a sketch longer than its
// bound, loses a count, or blurs the upper end.
func TestLowestBinsGiveWay(t *testing.T) {
	for _, down := range []bool{false, true} {
		var s Sketch
		for i := range 64 {
			if down {
				i = 63 - i
			}
			s.Add(math.Pow(2, float64(i)), 1)
			if len(s.counts) > maxBins {
				t.Fatalf("%d bins", len(s.counts))
			}
		}
		s.Add(0, 2)
		var sum float64
		for _, n := range s.counts {
			sum += n
		}
		if sum != 64 || s.zero != 2 || s.Count() != 66 {
			t.Errorf("%g counted, %g zeros, %g in all", sum, s.zero, s.Count())
		}
		if got, want := s.Quantile(1), math.Pow(2, 63); math.Abs(got-want) > 0.01*want {
			t.Errorf("the largest value is %g", got)
		}
	}
	var s Sketch
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		s.Add(v, 1)
	}
	s.Add(1, math.NaN())
	s.Add(1, -1)
	if s.Count() != 0 || s.Quantile(0.5) != 0 {
		t.Errorf("counted what is no number: %+v", s)
	}
	s.Add(-5, 1)
	s.Add(math.MaxFloat64, 1)
	if s.zero != 1 || s.Count() != 2 {
		t.Errorf("%+v", s)
	}
}

// TestAgainstTheSketchesOfDdtrace: sketches of ddtrace 4.16, each of one duration,
// are the bytes that ours make, and what ours cannot merge exactly is refused.
func TestAgainstTheSketchesOfDdtrace(t *testing.T) {
	var cases []struct {
		Duration float64
		Sketch   string
	}
	b, err := os.ReadFile("testdata/ddtrace.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &cases); err != nil || len(cases) < 10 {
		t.Fatal(len(cases), err)
	}
	for _, c := range cases {
		want, err := base64.StdEncoding.DecodeString(c.Sketch)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := Decode(want)
		if err != nil {
			t.Fatal(err)
		}
		var ours Sketch
		ours.Add(c.Duration, 1)
		if theirs.Quantile(0.5) != ours.Quantile(0.5) || theirs.Count() != 1 {
			t.Errorf("%g ns: theirs is %g, ours %g", c.Duration, theirs.Quantile(0.5), ours.Quantile(0.5))
		}
		// They write the empty store of negative values, which says nothing.
		if got := string(ours.Append(nil)) + "\x1a\x00"; got != string(want) {
			t.Errorf("%g ns:\n got %x\nwant %x", c.Duration, got, want)
		}
	}
}

func TestSparseAndDenseFormsAreTheSame(t *testing.T) {
	var dense, sparse Sketch
	for i := range 100 {
		dense.Add(1e6*math.Pow(gamma, float64(i)), float64(i+1))
	}
	sparse.Add(1, 3)
	sparse.Add(1e12, 4)
	for _, s := range []*Sketch{&dense, &sparse} {
		b := s.Append(nil)
		back, err := Decode(b)
		if err != nil || back.Count() != s.Count() || back.Quantile(0.2) != s.Quantile(0.2) || back.Quantile(0.9) != s.Quantile(0.9) {
			t.Errorf("%v: %+v", err, back)
		}
		if len(b) > 900 {
			t.Errorf("%d bytes", len(b))
		}
	}
}

func FuzzDecode(f *testing.F) {
	var s Sketch
	for i := range 30 {
		s.Add(math.Exp(float64(i)), 1)
	}
	f.Add(s.Append(nil))
	s = Sketch{}
	s.Add(1000, 1)
	f.Add(s.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Decode(b)
		if err != nil {
			return
		}
		if len(s.counts) > maxBins {
			t.Fatalf("%d bins", len(s.counts))
		}
		again, err := Decode(s.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		if again.Quantile(0.5) != s.Quantile(0.5) {
			t.Fatalf("%g after a round trip, %g before", again.Quantile(0.5), s.Quantile(0.5))
		}
	})
}

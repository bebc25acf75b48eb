package parquet

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestCodesRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		n := 1 + r.IntN(5000)
		limit := 1 + r.IntN(1<<16)
		width := 16
		if r.IntN(2) == 0 {
			limit, width = 1+r.IntN(256), 8
		}
		codes := make([]uint16, n)
		for i := 0; i < n; {
			run := 1 + r.IntN(1+r.IntN(200))
			c := uint16(r.IntN(limit))
			for ; run > 0 && i < n; run-- {
				codes[i] = c
				i++
			}
		}
		v := vec{dict: &dictionary{strings: make([]string, limit)}}
		if err := decodeCodes(&v, appendCodes(nil, codes, width), n, limit); err != nil {
			t.Fatal(err)
		}
		for range 2 { // as they lie there, then unpacked
			for i := range codes {
				if v.code(i) != int(codes[i]) {
					t.Fatalf("code %d of %d is %d, want %d", i, n, v.code(i), codes[i])
				}
			}
			v.expand()
		}
	}
	v := vec{dict: &dictionary{strings: make([]string, 3)}}
	if err := decodeCodes(&v, appendCodes(nil, []uint16{1, 2, 3}, 8), 3, 3); err == nil {
		for range 2 {
			if v.code(0) != 1 || v.code(2) != 0 {
				t.Errorf("codes %d %d: one is past the dictionary", v.code(0), v.code(2))
			}
			v.expand()
		}
	}
}

func TestDeltaRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 31, 32, 33, 128, 129, 130, 4096} {
		for _, width := range []int{1, 8, 20, 40, 63, 64} {
			values := make([]int64, n)
			for i := range values {
				values[i] = int64(r.Uint64() >> (64 - width))
			}
			if n > 3 {
				values[1], values[2] = math.MinInt64, math.MaxInt64
			}
			b := appendDelta(nil, values)
			got, rest, err := decodeDelta(append(b, "rest"...), n)
			if err != nil || string(rest) != "rest" || !slices.Equal(got, values) {
				t.Fatalf("n %d width %d: %v, %q", n, width, err, rest)
			}
		}
	}
}

func TestOtherEncodingsRoundTrip(t *testing.T) {
	numbers := []float64{0, -1.5, math.Inf(1), 1e300}
	if got, err := decodeSplit(appendSplit(nil, numbers), 4); err != nil || !reflect.DeepEqual(got, numbers) {
		t.Error(got, err)
	}
	words := []string{"a", "", "größe", "a"}
	if got, err := decodePlainStrings(appendPlainStrings(nil, words), 4); err != nil || !reflect.DeepEqual(got, words) {
		t.Error(got, err)
	}
	var v vec
	if err := decodeDeltaLength(&v, appendDeltaLength(nil, words), 4); err != nil {
		t.Fatal(err)
	}
	for i := range words {
		if v.str(i) != words[i] {
			t.Errorf("%q, want %q", v.str(i), words[i])
		}
	}
	for _, rows := range []int{1, 8, 63, 64, 65, 4096} {
		for _, present := range []bitmap{nil, newBitmap(rows), fullBitmap(rows)} {
			got, rest, err := decodeLevels(append(appendLevels(nil, present, rows), "x"...), rows)
			if err != nil || string(rest) != "x" || !reflect.DeepEqual(got, present) {
				t.Errorf("levels of %d rows: %v %q %v", rows, err, rest, got)
			}
		}
	}
}

func FuzzDecodeValues(f *testing.F) {
	f.Add(appendCodes(nil, []uint16{1, 2, 3, 3}, 8), 4)
	f.Add(appendDelta(nil, []int64{1, 5, 9}), 3)
	f.Add(appendDeltaLength(nil, []string{"a", "bc"}), 2)
	f.Add(appendLevels(nil, fullBitmap(10), 10), 10)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		if n < 0 || n > maxRows {
			return
		}
		v := vec{dict: &dictionary{strings: make([]string, 100)}}
		if decodeCodes(&v, b, n, 100) == nil {
			for range 2 {
				for i := range n {
					if v.code(i) >= 100 {
						t.Fatal("a code past the dictionary")
					}
				}
				v.expand()
			}
		}
		decodeDelta(b, n)
		if decodeDeltaLength(&v, b, n) == nil {
			v.dict = nil
			for i := range n {
				_ = v.str(i)
			}
		}
		decodePlainStrings(b, n)
		decodeSplit(b, n)
		if n > 0 {
			decodeLevels(b, n)
		}
	})
}

package msgpack

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/tinylib/msgp/msgp"
)

func TestStringsOfEveryLength(t *testing.T) {
	for _, n := range []int{0, 1, 31, 32, 255, 256, 65535, 65536} {
		want := strings.Repeat("x", n)
		for name, b := range map[string][]byte{"str": msgp.AppendString(nil, want), "bin": msgp.AppendBytes(nil, []byte(want))} {
			r := NewReader(append(b, 0x07))
			if got := r.String(); got != want || r.Err() != nil {
				t.Errorf("%s of %d: got %d bytes, %v", name, n, len(got), r.Err())
			}
			if rest := r.Uint64(); rest != 7 {
				t.Errorf("%s of %d: the reader stands in the wrong place, read %d", name, n, rest)
			}
			for cut := range min(len(b), 300) {
				r := NewReader(b[:cut])
				if got := r.String(); got != "" || !errors.Is(r.Err(), ErrTruncated) {
					t.Errorf("%s of %d cut to %d: %v", name, n, cut, r.Err())
				}
			}
		}
	}
}

func TestNumbersInEveryForm(t *testing.T) {
	f := func(b []byte, want float64) {
		t.Helper()
		if got := NewReader(b).Float64(); got != want {
			t.Errorf("%x as a float: %v, want %v", b, got, want)
		}
		if want != math.Trunc(want) || math.Abs(want) > 1<<53 || want < 0 {
			return
		}
		if got := NewReader(b).Int64(); got != int64(want) {
			t.Errorf("%x as int64: %v, want %v", b, got, want)
		}
		if got := NewReader(b).Uint64(); got != uint64(want) {
			t.Errorf("%x as uint64: %v, want %v", b, got, want)
		}
		if want < 1<<31 {
			if got := NewReader(append(b, 0, 0)).Uint32(); got != uint32(want) {
				t.Errorf("%x as uint32: %v, want %v", b, got, want)
			}
			if got := NewReader(b).Uint32(); got != uint32(want) {
				t.Errorf("%x at the end as uint32: %v, want %v", b, got, want)
			}
			if got := NewReader(b).Int32(); got != int32(want) {
				t.Errorf("%x as int32: %v, want %v", b, got, want)
			}
		}
	}
	for _, n := range []uint64{0, 1, 127, 128, 255, 256, 65535, 65536, 1<<31 - 1, 1 << 31, 1 << 40, 1 << 63} {
		f(msgp.AppendUint64(nil, n), float64(n))
		if n < 1<<63 {
			f(msgp.AppendInt64(nil, int64(n)), float64(n))
			f(msgp.AppendInt64(nil, -int64(n)), -float64(n))
		}
	}
	f([]byte{0xc0}, 0)
	f([]byte{0xd1, 0, 200}, 200)
	f(msgp.AppendFloat32(nil, 0.5), 0.5)
	f(msgp.AppendFloat64(nil, -0.1), -0.1)
}

func TestNumbersThatDoNotFit(t *testing.T) {
	f := func(b []byte, read func(r *Reader)) {
		t.Helper()
		r := NewReader(b)
		if read(r); r.Err() == nil {
			t.Errorf("%x was read", b)
		}
	}
	f(msgp.AppendUint64(nil, 1<<63), func(r *Reader) { r.Int64() })
	f(msgp.AppendUint64(nil, 1<<32), func(r *Reader) { r.Uint32() })
	f(msgp.AppendInt64(nil, -1), func(r *Reader) { r.Uint32() })
	f(msgp.AppendInt64(nil, 1<<31), func(r *Reader) { r.Int32() })
	f(msgp.AppendString(nil, "1"), func(r *Reader) { r.Float64() })
	f(msgp.AppendFloat64(nil, 1), func(r *Reader) { r.Int64() })
	f(msgp.AppendInt(nil, 1), func(r *Reader) { r.Bool() })
}

func TestTheFirstErrorStays(t *testing.T) {
	r := NewReader([]byte{0x01, 0xa1, 'x'})
	if r.Map(); r.Err() == nil {
		t.Fatal("a number was read as a map")
	}
	first := r.Err()
	r.Fail(errors.New("later"))
	if r.Array()+r.Map() != 0 || r.String() != "" || r.Uint64() != 0 || r.Int64() != 0 || r.Float64() != 0 || r.Bool() || r.Bytes() != nil {
		t.Fatal("something was read after an error")
	}
	if r.Skip(); r.Err() != first {
		t.Fatalf("%v replaced %v", r.Err(), first)
	}
}

func TestSkipPassesOverEveryType(t *testing.T) {
	inner := msgp.AppendMapHeader(nil, 2)
	inner = msgp.AppendArrayHeader(msgp.AppendString(inner, "a"), 3)
	inner = msgp.AppendFloat64(msgp.AppendBool(msgp.AppendNil(inner), true), 1)
	inner = msgp.AppendBytes(msgp.AppendInt(inner, -5), []byte("bytes"))
	for _, b := range [][]byte{inner, msgp.AppendUint64(nil, 1<<63), {0xd4, 1, 2}, {0xc7, 3, 1, 1, 2, 3}, msgp.AppendString(nil, strings.Repeat("x", 70000))} {
		r := NewReader(append(bytes.Clone(b), 0x07))
		if r.Skip(); r.Uint64() != 7 || r.Err() != nil {
			t.Errorf("%.20x: the reader stands in the wrong place: %v", b, r.Err())
		}
	}
}

func TestSkipGoesOnlySoDeep(t *testing.T) {
	f := func(depth int, want error) {
		t.Helper()
		r := NewReader(append(bytes.Repeat([]byte{0x91}, depth), 0xc0))
		if r.Skip(); !errors.Is(r.Err(), want) {
			t.Errorf("depth %d: %v, want %v", depth, r.Err(), want)
		}
	}
	f(maxDepth-1, nil)
	f(maxDepth, ErrTooDeep)
	f(1<<20, ErrTooDeep)
}

func TestTakeIsBoundedByThePayload(t *testing.T) {
	r := NewReader(make([]byte, 100))
	if !r.Take(1, minBudget) || !r.Take(100, maxExpansion) {
		t.Fatal("less than the budget was refused")
	}
	if r.Take(1, 1) || !errors.Is(r.Err(), ErrTooDense) {
		t.Fatalf("more than the budget was given: %v", r.Err())
	}
}

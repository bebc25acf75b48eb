package parquet

import "math/bits"

// bitmap has one bit per row. Bits past the last row are 0.
type bitmap []uint64

func newBitmap(rows int) bitmap { return make(bitmap, (rows+63)/64) }

// fullBitmap has the first rows bits set.
func fullBitmap(rows int) bitmap {
	b := newBitmap(rows)
	for i := range b {
		b[i] = ^uint64(0)
	}
	b.clip(rows)
	return b
}

// clip clears the bits past rows.
func (b bitmap) clip(rows int) {
	if r := rows & 63; r != 0 {
		b[len(b)-1] &= 1<<r - 1
	}
}

func (b bitmap) set(i int)      { b[i>>6] |= 1 << (i & 63) }
func (b bitmap) unset(i int)    { b[i>>6] &^= 1 << (i & 63) }
func (b bitmap) get(i int) bool { return b[i>>6]>>(i&63)&1 != 0 }

func (b bitmap) count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// any tells whether a bit of rows [from, to) is set; from is a multiple of 64.
func (b bitmap) any(from, to int) bool {
	for i := from >> 6; i < (to+63)>>6; i++ {
		if b[i] != 0 {
			return true
		}
	}
	return false
}

func (b bitmap) empty() bool { return !b.any(0, len(b)*64) }

func (b bitmap) or(o bitmap) {
	for i := range b {
		b[i] |= o[i]
	}
}

func (b bitmap) andNot(o bitmap) {
	for i := range b {
		b[i] &^= o[i]
	}
}

func (b bitmap) clone() bitmap { return append(bitmap(nil), b...) }

// each calls f with every set row of [from, to) in ascending order; from is a
// multiple of 64.
func (b bitmap) each(from, to int, f func(row int)) {
	for i := from >> 6; i < (to+63)>>6; i++ {
		for w := b[i]; w != 0; w &= w - 1 {
			f(i<<6 + bits.TrailingZeros64(w))
		}
	}
}

// rows lists the set rows.
func (b bitmap) rows() []int {
	out := make([]int, 0, b.count())
	b.each(0, len(b)*64, func(r int) { out = append(out, r) })
	return out
}

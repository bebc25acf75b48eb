package parquet

import (
	"encoding/binary"
	"math/bits"
)

// The shape of DELTA_BINARY_PACKED that every reader takes.
const (
	deltaBlock = 128
	deltaMini  = 32
)

// appendDelta writes integers in DELTA_BINARY_PACKED.
func appendDelta(b []byte, values []int64) []byte {
	b = binary.AppendUvarint(b, deltaBlock)
	b = binary.AppendUvarint(b, deltaBlock/deltaMini)
	b = binary.AppendUvarint(b, uint64(len(values)))
	if len(values) == 0 {
		return binary.AppendVarint(b, 0)
	}
	b = binary.AppendVarint(b, values[0])
	last := values[0]
	var deltas [deltaBlock]int64
	for rest := values[1:]; len(rest) > 0; {
		n := min(len(rest), deltaBlock)
		least := rest[0] - last
		for i, v := range rest[:n] {
			deltas[i] = v - last // wraps, as the format wants
			least = min(least, deltas[i])
			last = v
		}
		rest = rest[n:]
		b = binary.AppendVarint(b, least)
		widths := len(b)
		b = append(b, 0, 0, 0, 0)
		for m := 0; m*deltaMini < n; m++ {
			var all uint64
			mini := deltas[m*deltaMini : min((m+1)*deltaMini, n)]
			for _, d := range mini {
				all |= uint64(d - least)
			}
			width := bits.Len64(all)
			b[widths+m] = byte(width)
			at := len(b)
			b = append(b, make([]byte, deltaMini/8*width)...)
			for i, d := range mini {
				putBits(b[at:], i*width, width, uint64(d-least))
			}
		}
	}
	return b
}

// putBits ors width bits of v into b at a bit offset; the bits are 0 before.
func putBits(b []byte, at, width int, v uint64) {
	for width > 0 {
		shift := at & 7
		b[at>>3] |= byte(v << shift)
		took := min(8-shift, width)
		v >>= took
		at += took
		width -= took
	}
}

// decodeDelta reads n integers and returns the bytes behind them.
func decodeDelta(b []byte, n int) (values []int64, rest []byte, err error) {
	bad := func() ([]int64, []byte, error) { return nil, nil, errEncoding }
	var head [3]uint64
	for i := range head {
		v, k := binary.Uvarint(b)
		if k <= 0 {
			return bad()
		}
		head[i], b = v, b[k:]
	}
	first, k := binary.Varint(b)
	if k <= 0 || head[0] != deltaBlock || head[1] != deltaBlock/deltaMini || head[2] != uint64(n) {
		return bad()
	}
	b = b[k:]
	if n == 0 {
		return nil, b, nil
	}
	values = make([]int64, 1, n)
	values[0] = first
	last := first
	var padded [deltaMini*8 + 16]byte
	for len(values) < n {
		least, k := binary.Varint(b)
		if k <= 0 || len(b) < k+4 {
			return bad()
		}
		widths := b[k : k+4]
		b = b[k+4:]
		for _, w := range widths {
			if len(values) == n {
				break
			}
			width := int(w)
			size := deltaMini / 8 * width
			if width > 64 || len(b) < size {
				return bad()
			}
			clear(padded[size:])
			copy(padded[:], b[:size])
			b = b[size:]
			count := min(deltaMini, n-len(values))
			for i := range count {
				last += least + int64(getBits(padded[:], i*width, width))
				values = append(values, last)
			}
		}
	}
	return values, b, nil
}

// getBits reads width <= 64 bits; b is padded by 16 bytes.
func getBits(b []byte, at, width int) uint64 {
	if width == 0 {
		return 0
	}
	p, shift := at>>3, at&7
	v := binary.LittleEndian.Uint64(b[p:]) >> shift
	if width+shift > 64 {
		v |= uint64(b[p+8]) << (64 - shift)
	}
	return v & (^uint64(0) >> (64 - width))
}

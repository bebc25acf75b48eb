package parquet

import (
	"encoding/binary"
	"math"
)

// appendSplit writes numbers in BYTE_STREAM_SPLIT: all first bytes, then all
// second bytes, and so on; equal exponents then lie together.
func appendSplit(b []byte, values []float64) []byte {
	at, n := len(b), len(values)
	b = append(b, make([]byte, 8*n)...)
	for i, v := range values {
		u := math.Float64bits(v)
		for k := range 8 {
			b[at+k*n+i] = byte(u >> (8 * k))
		}
	}
	return b
}

func decodeSplit(b []byte, n int) ([]float64, error) {
	if len(b) != 8*n {
		return nil, errEncoding
	}
	out := make([]float64, n)
	for i := range out {
		var u uint64
		for k := range 8 {
			u |= uint64(b[k*n+i]) << (8 * k)
		}
		out[i] = math.Float64frombits(u)
	}
	return out, nil
}

func appendPlainInts(b []byte, values []int64) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

func decodePlainInts(b []byte, n int) ([]int64, error) {
	if len(b) != 8*n {
		return nil, errEncoding
	}
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return out, nil
}

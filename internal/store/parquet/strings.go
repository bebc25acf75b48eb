package parquet

import (
	"encoding/binary"
	"math"
)

// appendDeltaLength writes strings in DELTA_LENGTH_BYTE_ARRAY: all lengths,
// then all bytes.
func appendDeltaLength(b []byte, values []string) []byte {
	lengths := make([]int64, len(values))
	for i, s := range values {
		lengths[i] = int64(len(s))
	}
	b = appendDelta(b, lengths)
	for _, s := range values {
		b = append(b, s...)
	}
	return b
}

// decodeDeltaLength sets v to n strings that are views of b.
func decodeDeltaLength(v *vec, b []byte, n int) error {
	lengths, rest, err := decodeDelta(b, n)
	if err != nil {
		return err
	}
	v.offs = make([]uint32, n+1)
	total := int64(0)
	for i, l := range lengths {
		if l < 0 || l > math.MaxUint32 {
			return errEncoding
		}
		total += l
		if total > int64(len(rest)) {
			return errEncoding
		}
		v.offs[i+1] = uint32(total)
	}
	if total != int64(len(rest)) {
		return errEncoding
	}
	v.data = text(rest)
	return nil
}

// appendPlainStrings writes a dictionary page of strings.
func appendPlainStrings(b []byte, values []string) []byte {
	for _, s := range values {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	return b
}

func decodePlainStrings(b []byte, n int) ([]string, error) {
	out := make([]string, n)
	for i := range out {
		if len(b) < 4 {
			return nil, errEncoding
		}
		l := binary.LittleEndian.Uint32(b)
		if uint64(l) > uint64(len(b)-4) {
			return nil, errEncoding
		}
		out[i] = text(b[4 : 4+l])
		b = b[4+l:]
	}
	if len(b) != 0 {
		return nil, errEncoding
	}
	return out, nil
}

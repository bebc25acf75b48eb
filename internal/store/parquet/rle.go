package parquet

import (
	"encoding/binary"
	"errors"
	"unsafe"
)

var errEncoding = errors.New("values do not fit their encoding")

// rleMinRun is the number of equal codes from which a run is cheaper than
// packed codes, the two headers around it included.
const rleMinRun = 32

// appendCodes writes dictionary codes in Parquet's RLE/bit-packed hybrid,
// behind the byte of the bit width. The width is a whole number of bytes, so
// that a general compressor sees them.
func appendCodes(b []byte, codes []uint16, width int) []byte {
	b = append(b, byte(width))
	pending := 0 // codes[pending:i] wait to be packed
	for i := 0; i < len(codes); {
		n := 1
		for i+n < len(codes) && codes[i+n] == codes[i] {
			n++
		}
		// Packed codes come in groups of 8: the run lends what is missing.
		lend := (8 - (i-pending)&7) & 7
		if n-lend >= rleMinRun {
			b = appendPacked(b, codes[pending:i+lend], width)
			b = binary.AppendUvarint(b, uint64(n-lend)<<1)
			b = append(b, byte(codes[i]))
			if width == 16 {
				b = append(b, byte(codes[i]>>8))
			}
			pending = i + n
		}
		i += n
	}
	return appendPacked(b, codes[pending:], width)
}

func appendPacked(b []byte, codes []uint16, width int) []byte {
	if len(codes) == 0 {
		return b
	}
	groups := (len(codes) + 7) / 8
	b = binary.AppendUvarint(b, uint64(groups)<<1|1)
	for _, c := range codes {
		b = append(b, byte(c))
		if width == 16 {
			b = append(b, byte(c>>8))
		}
	}
	for range (groups*8 - len(codes)) * width / 8 {
		b = append(b, 0)
	}
	return b
}

// decodeCodes reads n codes below limit into v: as a run when all are equal.
func decodeCodes(v *vec, b []byte, n, limit int) error {
	if n == 0 {
		return nil
	}
	if len(b) < 1 || b[0] != 8 && b[0] != 16 {
		return errEncoding
	}
	size := int(b[0]) / 8
	b = b[1:]
	if limit == 0 {
		return errEncoding
	}
	if head, k := binary.Uvarint(b); k > 0 && head&1 == 1 && head>>1 <= maxRows && int(head>>1)*8 >= n {
		if len(b)-k < int(head>>1)*8*size {
			return errEncoding
		}
		v.raw, v.size = b[k:k+n*size], size // the usual page is one packed run
		return nil
	}
	var codes []uint16
	for got := 0; got < n; {
		head, k := binary.Uvarint(b)
		if k <= 0 || head>>1 == 0 || head>>1 > maxRows {
			return errEncoding
		}
		b = b[k:]
		if head&1 == 0 {
			if len(b) < size {
				return errEncoding
			}
			code := uint16(b[0])
			if size == 2 {
				code |= uint16(b[1]) << 8
			}
			b = b[size:]
			if int(code) >= limit {
				return errEncoding
			}
			count := min(int(head>>1), n-got)
			if got == 0 && count == n {
				v.run, v.runOf = true, code
				return nil
			}
			codes = growCodes(codes, n)
			for i := range codes[got : got+count] {
				codes[got+i] = code
			}
			got += count
			continue
		}
		count := min(int(head>>1)*8, n-got)
		if len(b) < int(head>>1)*8*size {
			return errEncoding
		}
		codes = growCodes(codes, n)
		out := codes[got : got+count]
		var top uint16
		if size == 1 {
			for i, c := range b[:count] {
				out[i] = uint16(c)
				top = max(top, uint16(c))
			}
		} else {
			for i := range out {
				out[i] = binary.LittleEndian.Uint16(b[2*i:])
				top = max(top, out[i])
			}
		}
		if int(top) >= limit {
			return errEncoding
		}
		b = b[int(head>>1)*8*size:]
		got += count
	}
	v.codes = codes
	return nil
}

func growCodes(codes []uint16, n int) []uint16 {
	if codes == nil {
		codes = make([]uint16, n)
	}
	return codes
}

// appendLevels writes definition levels of rows rows: 1 for a value, 0 for none.
// A bitmap is already what Parquet packs them into. present is nil for all.
func appendLevels(b []byte, present bitmap, rows int) []byte {
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	if present == nil {
		b = binary.AppendUvarint(b, uint64(rows)<<1)
		b = append(b, 1)
	} else {
		groups := (rows + 7) / 8
		b = binary.AppendUvarint(b, uint64(groups)<<1|1)
		for i := range groups {
			b = append(b, byte(present[i>>3]>>(i&7*8)))
		}
	}
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return b
}

// decodeLevels reads what appendLevels wrote. It returns the bytes behind it.
func decodeLevels(b []byte, rows int) (present bitmap, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, errEncoding
	}
	n := binary.LittleEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return nil, nil, errEncoding
	}
	levels, rest := b[4:4+n], b[4+n:]
	head, k := binary.Uvarint(levels)
	if k <= 0 {
		return nil, nil, errEncoding
	}
	levels = levels[k:]
	if head&1 == 0 {
		if int64(head>>1) != int64(rows) || len(levels) != 1 {
			return nil, nil, errEncoding
		}
		if levels[0] == 1 {
			return nil, rest, nil
		}
		return newBitmap(rows), rest, nil
	}
	groups := (rows + 7) / 8
	if head>>1 != uint64(groups) || len(levels) != groups {
		return nil, nil, errEncoding
	}
	present = newBitmap(rows)
	for i, c := range levels {
		present[i>>3] |= uint64(c) << (i & 7 * 8)
	}
	present.clip(rows)
	return present, rest, nil
}

// text views bytes that no longer change as a string.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

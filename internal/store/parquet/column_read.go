package parquet

import (
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// fileColumn reads one column chunk. Pages are decoded on demand and kept.
type fileColumn struct {
	f    *file
	m    *chunkMeta
	rows int

	opened bool
	err    error // of opening
	dict   *dictionary
	firsts []int   // first row of each page
	at     []int64 // offset of each page
	sizes  []int64
	cached []*vec
}

func (c *fileColumn) id() columnID { return c.m.id }
func (c *fileColumn) kind() kind   { return c.m.typ }
func (c *fileColumn) values() int  { return c.rows - c.m.nulls }

func (c *fileColumn) fail(op string, offset int64, err error) error {
	return &Error{Op: op + " of column " + c.m.name + " in", Path: c.f.path, Offset: offset, Err: err, Hint: "restore the file from a backup or remove it"}
}

// open reads the offset index. A column that cannot be opened has one page,
// whose reading fails.
func (c *fileColumn) open() error {
	if c.opened {
		return c.err
	}
	c.opened = true
	r := thriftReader{b: c.f.data[c.m.index[0] : c.m.index[0]+c.m.index[1]]}
	good := true
	r.strct(func(id int, typ byte) bool {
		if id != 1 || typ != thriftList {
			return false
		}
		r.list(func(byte) {
			var at, size, first int64
			r.strct(func(id int, typ byte) bool {
				switch {
				case id == 1 && typ == thriftI64:
					at = r.int()
				case id == 2 && typ == thriftI32:
					size = r.int()
				case id == 3 && typ == thriftI64:
					first = r.int()
				default:
					return false
				}
				return true
			})
			// Pages follow one another and begin on a bitmap word.
			n := len(c.firsts)
			if first&63 != 0 || first >= int64(c.rows) || n == 0 && first != 0 || n > 0 && first <= int64(c.firsts[n-1]) ||
				at < c.m.offset || size < 0 || at > c.m.offset+c.m.size-size {
				good = false
			}
			c.firsts, c.at, c.sizes = append(c.firsts, int(first)), append(c.at, at), append(c.sizes, size)
		})
		return true
	})
	if r.err != nil || !good || len(c.firsts) == 0 {
		c.err = c.fail("read offset index", c.m.index[0], errThrift)
		c.firsts, c.at, c.sizes = []int{0}, []int64{0}, []int64{0}
	}
	c.cached = make([]*vec, len(c.firsts))
	return c.err
}

func (c *fileColumn) pages() int {
	c.open()
	return len(c.firsts)
}

func (c *fileColumn) pageBounds(i int) (from, to int) {
	c.open()
	if i+1 < len(c.firsts) {
		return c.firsts[i], c.firsts[i+1]
	}
	return c.firsts[i], c.rows
}

// pageAt reads the header and body of the page in b, which begins at offset.
func (c *fileColumn) pageAt(b []byte, offset int64) (pageHeader, []byte, error) {
	h, n, err := parsePageHeader(b)
	if err != nil {
		return h, nil, c.fail("read page", offset, err)
	}
	body := b[n : n+h.size]
	if h.hasCRC && crc32.ChecksumIEEE(body) != h.crc {
		return h, nil, c.fail("read page", offset, errors.New("checksum mismatch"))
	}
	switch c.m.codec {
	case format.Uncompressed:
		if h.size != h.uncompressed {
			err = errEncoding
		}
	case format.Zstd:
		body, err = unzstd(c.f.zstd, body, h.uncompressed)
	default:
		err = fmt.Errorf("compression %v is not one this store writes", c.m.codec)
	}
	if err != nil {
		return h, nil, c.fail("read page", offset, err)
	}
	return h, body, nil
}

func unzstd(d *zstd.Decoder, b []byte, size int) ([]byte, error) {
	// A small input cannot claim memory that it does not fill.
	out, err := d.DecodeAll(b, make([]byte, 0, min(size, 64*len(b)+1024)))
	if err == nil && len(out) != size {
		err = errEncoding
	}
	return out, err
}

func (c *fileColumn) dictionary() (*dictionary, error) {
	if c.dict != nil || !c.m.coded {
		return c.dict, nil
	}
	h, body, err := c.pageAt(c.f.data[c.m.offset:c.m.offset+c.m.size], c.m.offset)
	if err != nil {
		return nil, err
	}
	if h.typ != format.DictionaryPage || h.values > maxRows {
		return nil, c.fail("read dictionary", c.m.offset, errEncoding)
	}
	d := new(dictionary)
	switch c.m.typ {
	case kindString:
		d.strings, err = decodePlainStrings(body, h.values)
	case kindNumber:
		var bits []int64
		if bits, err = decodePlainInts(body, h.values); err == nil {
			d.numbers = make([]float64, len(bits))
			for i, b := range bits {
				d.numbers[i] = math.Float64frombits(uint64(b))
			}
		}
	case kindTraceID:
		if len(body) != 16*h.values {
			err = errEncoding
			break
		}
		d.rawIDs = body
	default:
		err = errEncoding
	}
	if err != nil {
		return nil, c.fail("read dictionary", c.m.offset, err)
	}
	c.dict = d
	return d, nil
}

func (c *fileColumn) page(i int) (*vec, error) {
	if err := c.open(); err != nil {
		return nil, err
	}
	if c.cached[i] != nil {
		return c.cached[i], nil
	}
	offset := c.at[i]
	h, body, err := c.pageAt(c.f.data[offset:offset+c.sizes[i]], offset)
	if err != nil {
		return nil, err
	}
	from, to := c.pageBounds(i)
	if h.typ != format.DataPage || h.values != to-from {
		return nil, c.fail("read page", offset, errEncoding)
	}
	v := &vec{from: from, to: to}
	n := to - from
	if !c.m.required {
		if v.present, body, err = decodeLevels(body, n); err != nil {
			return nil, c.fail("read page", offset, err)
		}
		if v.present != nil {
			n = v.present.count()
		}
	}
	if err := c.decode(v, h.encoding, body, n); err != nil {
		var typed *Error
		if errors.As(err, &typed) {
			return nil, err
		}
		return nil, c.fail("read page", offset, err)
	}
	c.cached[i] = v
	return v, nil
}

// decode reads n values. What it accepts is exactly what the writer writes.
func (c *fileColumn) decode(v *vec, encoding format.Encoding, body []byte, n int) (err error) {
	if c.m.coded {
		if encoding != format.RLEDictionary {
			return errEncoding
		}
		if v.dict, err = c.dictionary(); err != nil {
			return err
		}
		return decodeCodes(v, body, n, v.dict.len())
	}
	switch {
	case c.m.typ == kindString && encoding == format.DeltaLengthByteArray:
		return decodeDeltaLength(v, body, n)
	case c.m.typ == kindNumber && encoding == format.ByteStreamSplit:
		v.floats, err = decodeSplit(body, n)
	case c.m.typ == kindInt && encoding == format.DeltaBinaryPacked:
		v.ints, _, err = decodeDelta(body, n)
	case c.m.typ == kindInt && encoding == format.Plain:
		if len(body) != 8*n {
			return errEncoding
		}
		v.raw, v.size = body, 8
	default:
		err = errEncoding
	}
	return err
}

// mayHold asks the bloom filter; true when there is none.
func (c *fileColumn) mayHold(value string) bool {
	f, err := c.f.bloomFilter(c.m)
	return err != nil || f == nil || f.Check(hashString(value))
}

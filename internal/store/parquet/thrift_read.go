package parquet

import (
	"encoding/binary"
	"errors"
)

// thriftReader reads the compact protocol of Parquet's headers and footer from
// untrusted bytes. The first error sticks.
type thriftReader struct {
	b     []byte
	pos   int
	depth int
	err   error
}

var errThrift = errors.New("malformed header")

const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12

	thriftMaxDepth = 16
)

func (r *thriftReader) fail() {
	if r.err == nil {
		r.err = errThrift
	}
}

func (r *thriftReader) byte() byte {
	if r.err != nil || r.pos >= len(r.b) {
		r.fail()
		return 0
	}
	c := r.b[r.pos]
	r.pos++
	return c
}

func (r *thriftReader) uvarint() uint64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.b[r.pos:])
	if n <= 0 {
		r.fail()
		return 0
	}
	r.pos += n
	return v
}

func (r *thriftReader) int() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *thriftReader) bytes() []byte {
	n := r.uvarint()
	if r.err != nil || n > uint64(len(r.b)-r.pos) {
		r.fail()
		return nil
	}
	b := r.b[r.pos : r.pos+int(n)]
	r.pos += int(n)
	return b
}

// strct calls f with each field; f returns false for what it does not read.
func (r *thriftReader) strct(f func(id int, typ byte) bool) {
	r.depth++
	defer func() { r.depth-- }()
	if r.depth > thriftMaxDepth {
		r.fail()
	}
	id := 0
	for r.err == nil {
		c := r.byte()
		typ := c & 15
		if typ == 0 {
			return
		}
		if c>>4 != 0 {
			id += int(c >> 4)
		} else {
			id = int(r.int())
		}
		if !f(id, typ) {
			r.skip(typ)
		}
	}
}

// list calls f for each element.
func (r *thriftReader) list(f func(typ byte)) {
	c := r.byte()
	n := uint64(c >> 4)
	if n == 15 {
		n = r.uvarint()
	}
	for ; n > 0 && r.err == nil; n-- {
		at := r.pos
		f(c & 15)
		if r.pos == at { // elements without bytes could go on for ever
			r.fail()
		}
	}
}

func (r *thriftReader) skip(typ byte) {
	switch typ {
	case thriftTrue, thriftFalse:
	case thriftByte:
		r.byte()
	case thriftI16, thriftI32, thriftI64:
		r.uvarint()
	case thriftDouble:
		for range 8 {
			r.byte()
		}
	case thriftBinary:
		r.bytes()
	case thriftList, thriftSet:
		r.list(func(typ byte) {
			if typ == thriftTrue || typ == thriftFalse {
				r.byte()
			} else {
				r.skip(typ)
			}
		})
	case thriftStruct:
		r.strct(func(int, byte) bool { return false })
	default: // maps do not occur
		r.fail()
	}
}

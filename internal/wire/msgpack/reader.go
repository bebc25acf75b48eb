// Package msgpack reads untrusted MessagePack the way the Datadog protocols
// need it: nil stands for a zero value anywhere, numbers may come in any width
// and signedness, strings may come as bin, invalid UTF-8 is repaired, and no size
// in the payload is believed.
//
// It adds this leniency, and a sticky error, to the primitives of
// github.com/tinylib/msgp; writers use those directly.
package msgpack

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/tinylib/msgp/msgp"
)

const (
	// maxDepth is how deep values may nest; the Datadog Agent's bound.
	maxDepth = 64
	// maxExpansion is how many bytes of decoded structures one byte of payload
	// may turn into. The densest real payloads (v0.5, all strings shared) reach 16.
	maxExpansion = 32
	// minBudget lets small payloads through whatever they hold.
	minBudget = 64 << 10
)

var (
	// ErrTruncated says that the payload ends before its structures do.
	ErrTruncated = errors.New("payload ends too early")
	// ErrTooDeep says that values nest deeper than any client nests them.
	ErrTooDeep = fmt.Errorf("values nest deeper than %d", maxDepth)
	// ErrTooDense says that the payload would take far more memory than it is long.
	ErrTooDense = fmt.Errorf("payload would decode to more than %d times its size", maxExpansion)
)

// Reader walks one payload. After the first error every method returns zero
// values; Err tells it. The strings that it returns share one copy of the payload.
type Reader struct {
	rest   []byte
	text   string // the whole payload
	err    error
	budget int
}

// NewReader reads payload, which the caller may reuse once it has everything it
// wants: nothing returned points into it.
func NewReader(payload []byte) *Reader {
	return &Reader{rest: payload, text: string(payload), budget: minBudget + maxExpansion*len(payload)}
}

// Err is the first error, or nil.
func (r *Reader) Err() error { return r.err }

// Fail records an error found by the caller, unless there is one already.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
		r.rest = nil
	}
}

func (r *Reader) fail(err error) {
	if errors.Is(err, msgp.ErrShortBytes) {
		err = ErrTruncated
	}
	r.Fail(err)
}

// Take asks for memory: n elements of size bytes. It fails the reader, and
// returns false, when the payload is too short to deserve so much.
func (r *Reader) Take(n, size int) bool {
	if r.err != nil {
		return false
	}
	r.budget -= n * size
	if r.budget < 0 {
		r.Fail(ErrTooDense)
		return false
	}
	return true
}

// Nil consumes a nil and tells whether there was one.
func (r *Reader) Nil() bool {
	if msgp.IsNil(r.rest) {
		r.rest = r.rest[1:]
		return true
	}
	return false
}

// Array reads the header of an array. The count is at most the bytes left.
func (r *Reader) Array() int {
	if r.err != nil || r.Nil() {
		return 0
	}
	n, rest, err := msgp.ReadArrayHeaderBytes(r.rest)
	return r.count(n, 1, rest, err)
}

// Map reads the header of a map. Twice the count is at most the bytes left.
func (r *Reader) Map() int {
	if r.err != nil || r.Nil() {
		return 0
	}
	n, rest, err := msgp.ReadMapHeaderBytes(r.rest)
	return r.count(n, 2, rest, err)
}

func (r *Reader) count(n uint32, each int, rest []byte, err error) int {
	if err != nil {
		r.fail(err)
		return 0
	}
	if int64(n)*int64(each) > int64(len(rest)) {
		r.Fail(ErrTruncated)
		return 0
	}
	r.rest = rest
	return int(n)
}

// String reads a str or bin as valid UTF-8; each invalid byte becomes U+FFFD.
func (r *Reader) String() string {
	s := r.Raw()
	if utf8.ValidString(s) {
		return s
	}
	if !r.Take(len(s), utf8.RuneLen(utf8.RuneError)) {
		return ""
	}
	var b strings.Builder
	b.Grow(len(s) + utf8.UTFMax)
	for _, c := range s { // yields U+FFFD for each invalid byte
		b.WriteRune(c)
	}
	return b.String()
}

// Raw reads a str or bin as it is.
func (r *Reader) Raw() string {
	// Most values are short strings: take those without msgp's two look-ups.
	if len(r.rest) > 0 {
		n := 0
		switch lead := r.rest[0]; {
		case lead&0xe0 == 0xa0: // fixstr
			n = int(lead & 0x1f)
			if len(r.rest) > n {
				return r.advance(1, n)
			}
		case lead == 0xd9 && len(r.rest) > 1: // str8
			n = int(r.rest[1])
			if len(r.rest) > n+1 {
				return r.advance(2, n)
			}
		}
	}
	return r.longRaw()
}

// advance consumes a header and n bytes, which it returns.
func (r *Reader) advance(header, n int) string {
	start := len(r.text) - len(r.rest) + header
	r.rest = r.rest[header+n:]
	return r.text[start : start+n]
}

func (r *Reader) longRaw() string {
	if r.err != nil || r.Nil() {
		return ""
	}
	var v, rest []byte
	var err error
	if msgp.NextType(r.rest) == msgp.BinType {
		v, rest, err = msgp.ReadBytesZC(r.rest)
	} else {
		v, rest, err = msgp.ReadStringZC(r.rest)
	}
	if err != nil {
		r.fail(err)
		return ""
	}
	r.rest = rest
	end := len(r.text) - len(rest)
	return r.text[end-len(v) : end]
}

// Bytes reads a bin or str into memory of its own; nil stays nil.
func (r *Reader) Bytes() []byte {
	if r.err != nil || r.Nil() {
		return nil
	}
	return []byte(r.Raw())
}

// Uint64 reads any integer; a negative one keeps its bits, as clients without
// unsigned types send ids.
func (r *Reader) Uint64() uint64 {
	if r.err != nil || r.Nil() {
		return 0
	}
	if msgp.NextType(r.rest) == msgp.IntType {
		v, rest, err := msgp.ReadInt64Bytes(r.rest)
		if err != nil {
			r.fail(err)
			return 0
		}
		r.rest = rest
		return uint64(v)
	}
	v, rest, err := msgp.ReadUint64Bytes(r.rest)
	if err != nil {
		r.fail(err)
		return 0
	}
	r.rest = rest
	return v
}

// Int64 reads any integer that fits.
func (r *Reader) Int64() int64 {
	if r.err != nil || r.Nil() {
		return 0
	}
	v, rest, err := msgp.ReadInt64Bytes(r.rest)
	if err != nil {
		r.fail(err)
		return 0
	}
	r.rest = rest
	return v
}

// Int32 reads any integer that fits.
func (r *Reader) Int32() int32 {
	v := r.Int64()
	if v < math.MinInt32 || v > math.MaxInt32 {
		r.Fail(fmt.Errorf("integer %d does not fit 32 bits", v))
		return 0
	}
	return int32(v)
}

// Uint32 reads any integer that fits.
func (r *Reader) Uint32() uint32 {
	// Nearly all are indexes into a table of strings: small.
	if len(r.rest) > 2 {
		switch lead := r.rest[0]; {
		case lead < 0x80: // fixint
			r.rest = r.rest[1:]
			return uint32(lead)
		case lead == 0xcc: // uint8
			v := uint32(r.rest[1])
			r.rest = r.rest[2:]
			return v
		case lead == 0xcd: // uint16
			v := uint32(r.rest[1])<<8 | uint32(r.rest[2])
			r.rest = r.rest[3:]
			return v
		}
	}
	v := r.Uint64()
	if v > math.MaxUint32 {
		r.Fail(fmt.Errorf("integer %d does not fit 32 bits", v))
		return 0
	}
	return uint32(v)
}

// Float64 reads any number.
func (r *Reader) Float64() float64 {
	if r.err != nil || r.Nil() {
		return 0
	}
	var v float64
	var rest []byte
	var err error
	switch msgp.NextType(r.rest) {
	case msgp.IntType:
		var i int64
		i, rest, err = msgp.ReadInt64Bytes(r.rest)
		v = float64(i)
	case msgp.UintType:
		var u uint64
		u, rest, err = msgp.ReadUint64Bytes(r.rest)
		v = float64(u)
	case msgp.Float32Type:
		var f float32
		f, rest, err = msgp.ReadFloat32Bytes(r.rest)
		v = float64(f)
	default:
		v, rest, err = msgp.ReadFloat64Bytes(r.rest)
	}
	if err != nil {
		r.fail(err)
		return 0
	}
	r.rest = rest
	return v
}

// Bool reads a boolean.
func (r *Reader) Bool() bool {
	if r.err != nil || r.Nil() {
		return false
	}
	v, rest, err := msgp.ReadBoolBytes(r.rest)
	if err != nil {
		r.fail(err)
		return false
	}
	r.rest = rest
	return v
}

// Skip passes over one value of any type.
func (r *Reader) Skip() { r.skip(0) }

func (r *Reader) skip(depth int) {
	if r.err != nil {
		return
	}
	if depth >= maxDepth {
		r.Fail(ErrTooDeep)
		return
	}
	n := 0
	switch msgp.NextType(r.rest) {
	case msgp.MapType:
		n = 2 * r.Map()
	case msgp.ArrayType:
		n = r.Array()
	default: // a scalar: msgp does not recurse into those
		rest, err := msgp.Skip(r.rest)
		if err != nil {
			r.fail(err)
			return
		}
		r.rest = rest
		return
	}
	for range n {
		r.skip(depth + 1)
		if r.err != nil {
			return
		}
	}
}

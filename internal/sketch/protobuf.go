package sketch

import (
	"encoding/binary"
	"errors"
	"math"
)

// ErrInvalid says that bytes are no sketch that this package reads.
var ErrInvalid = errors.New("not a DDSketch of a known mapping")

// Fields of the messages DDSketch {mapping 1, positiveValues 2, negativeValues 3,
// zeroCount 4}, IndexMapping {gamma 1, indexOffset 2, interpolation 3} and Store
// {binCounts 1 map<sint32,double>, contiguousBinCounts 2, contiguousBinIndexOffset 3},
// as tag bytes.
const (
	tagMapping    = 1<<3 | wireBytes
	tagPositive   = 2<<3 | wireBytes
	tagZeroCount  = 4<<3 | wireDouble
	tagGamma      = 1<<3 | wireDouble
	tagOffset     = 2<<3 | wireDouble
	tagBin        = 1<<3 | wireBytes
	tagContiguous = 2<<3 | wireBytes
	tagFirst      = 3<<3 | wireVarint
	tagKey        = 1<<3 | wireVarint
	tagValue      = 2<<3 | wireDouble
)

const (
	wireVarint = 0
	wireDouble = 1
	wireBytes  = 2
	wireFixed  = 5
	mappingLen = 18
)

// Append appends the protobuf form to dst.
func (s *Sketch) Append(dst []byte) []byte {
	dst = append(dst, tagMapping, mappingLen)
	dst = appendDouble(append(dst, tagGamma), gamma)
	dst = appendDouble(append(dst, tagOffset), offset)
	first, last, used := 0, -1, 0
	for i, n := range s.counts {
		if n > 0 {
			if used == 0 {
				first = i
			}
			last = i
			used++
		}
	}
	if used > 0 {
		var store []byte
		// An entry of the map takes 13 bytes and more, a neighbouring bin 8.
		if 14*used < 8*(last-first+1) {
			for i, n := range s.counts {
				if n > 0 {
					key := binary.AppendUvarint(nil, zigzag(s.lowest+i))
					store = append(store, tagBin, byte(1+len(key)+9), tagKey)
					store = appendDouble(append(append(store, key...), tagValue), n)
				}
			}
		} else {
			store = binary.AppendUvarint(append(store, tagContiguous), uint64(8*(last-first+1)))
			for _, n := range s.counts[first : last+1] {
				store = appendDouble(store, n)
			}
			store = binary.AppendUvarint(append(store, tagFirst), zigzag(s.lowest+first))
		}
		dst = binary.AppendUvarint(append(dst, tagPositive), uint64(len(store)))
		dst = append(dst, store...)
	}
	if s.zero > 0 {
		dst = appendDouble(append(dst, tagZeroCount), s.zero)
	}
	return dst
}

func appendDouble(dst []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
}

func zigzag(i int) uint64 { return uint64(i)<<1 ^ uint64(i>>63) }

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// Decode reads the protobuf form. A sketch of another mapping is read into ours
// by the values of its bins, which may add its own error to ours.
func Decode(b []byte) (*Sketch, error) {
	s := &Sketch{}
	from := mapping{gamma: gamma, offset: offset}
	var stores [][]byte
	err := fields(b, func(tag uint64, bytes []byte, number uint64) error {
		switch tag {
		case tagMapping:
			from = mapping{}
			return fields(bytes, from.field)
		case tagPositive:
			stores = append(stores, bytes)
		case tagZeroCount:
			if n := math.Float64frombits(number); n > 0 && !math.IsInf(n, 0) {
				s.zero += n
				s.count += n
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !(from.gamma > 1) || from.gamma > 3 || math.IsNaN(from.offset) || math.IsInf(from.offset, 0) || from.curved {
		return nil, ErrInvalid // an accuracy outside of (0, 0.5)
	}
	for _, store := range stores {
		if err := s.take(store, from); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// mapping is that of a sketch as it was received.
type mapping struct {
	gamma, offset float64
	curved        bool // an interpolation, which is another mapping altogether
}

func (m *mapping) field(tag uint64, _ []byte, number uint64) error {
	switch tag {
	case tagGamma:
		m.gamma = math.Float64frombits(number)
	case tagOffset:
		m.offset = math.Float64frombits(number)
	case 3<<3 | wireVarint:
		m.curved = number != 0
	}
	return nil
}

// take adds the bins of a store.
func (s *Sketch) take(store []byte, from mapping) error {
	var counts []byte
	var first int64
	one := func(i int64, n float64) {
		if !(n > 0) || math.IsInf(n, 0) {
			return
		}
		if from.gamma == gamma && from.offset == offset && i > -maxIndex && i < maxIndex {
			s.count += n
			s.add(int(i), n)
			return
		}
		v := math.Exp((float64(i)-from.offset)*math.Log(from.gamma)) * 2 * from.gamma / (1 + from.gamma)
		s.Add(v, n)
	}
	err := fields(store, func(tag uint64, bytes []byte, number uint64) error {
		switch tag {
		case tagBin:
			var key int64
			var n float64
			err := fields(bytes, func(tag uint64, _ []byte, number uint64) error {
				switch tag {
				case tagKey:
					key = unzigzag(number)
				case tagValue:
					n = math.Float64frombits(number)
				}
				return nil
			})
			one(key, n)
			return err
		case tagContiguous:
			counts = bytes
		case 2<<3 | wireDouble: // not packed: nobody sends it so
			return ErrInvalid
		case tagFirst:
			first = unzigzag(number)
		}
		return nil
	})
	if err != nil || len(counts)%8 != 0 || len(counts)/8 > maxIndex {
		return ErrInvalid
	}
	for i := range int64(len(counts) / 8) {
		one(first+i, math.Float64frombits(binary.LittleEndian.Uint64(counts[8*i:])))
	}
	return nil
}

// maxIndex bounds the bins of others: those of all doubles lie well within.
const maxIndex = 1 << 20

// fields calls f for each field of a message: bytes for a length-delimited one,
// the number for the others.
func fields(b []byte, f func(tag uint64, bytes []byte, number uint64) error) error {
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return ErrInvalid
		}
		b = b[n:]
		var bytes []byte
		var number uint64
		switch tag & 7 {
		case wireVarint:
			if number, n = binary.Uvarint(b); n <= 0 {
				return ErrInvalid
			}
			b = b[n:]
		case wireDouble:
			if len(b) < 8 {
				return ErrInvalid
			}
			number, b = binary.LittleEndian.Uint64(b), b[8:]
		case wireFixed:
			if len(b) < 4 {
				return ErrInvalid
			}
			number, b = uint64(binary.LittleEndian.Uint32(b)), b[4:]
		case wireBytes:
			size, n := binary.Uvarint(b)
			if n <= 0 || size > uint64(len(b)-n) {
				return ErrInvalid
			}
			bytes, b = b[n:n+int(size)], b[n+int(size):]
		default:
			return ErrInvalid
		}
		if err := f(tag, bytes, number); err != nil {
			return err
		}
	}
	return nil
}

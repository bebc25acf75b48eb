package parquet

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sort"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
)

// kind is the type of a column's values.
type kind uint8

const (
	kindString kind = iota
	kindNumber      // float64
	kindInt         // int64, and uint64 ids in the same bits
	kindTraceID
)

// columnID names a column. Intrinsics, tags and metrics are apart: a tag may
// be called duration.
type columnID struct {
	key  string
	role role
}

type role uint8

const (
	roleIntrinsic role = iota
	roleTag
	roleMetric
	roles // how many there are
)

// Intrinsic columns besides those of package query. Every row has them, but for
// the last two.
const (
	columnExtra    = "_extra"    // links, events and structs, as JSON
	columnOverflow = "_overflow" // tags and metrics past maxColumns, as JSON
)

func intrinsic(name string) columnID { return columnID{name, roleIntrinsic} }

// column is one column of a part. Its values come in pages.
type column interface {
	id() columnID
	kind() kind
	// values counts the rows that have one.
	values() int
	pages() int
	// pageBounds gives the rows [from, to) of a page; from is a multiple of 64.
	pageBounds(i int) (from, to int)
	page(i int) (*vec, error)
	// dictionary is nil for a column of plain values.
	dictionary() (*dictionary, error)
}

// part is a run of rows that a question scans: the rows of a head that were
// there when the question was asked, or a row group of a file.
type part interface {
	rows() int
	// times gives the smallest and largest start.
	times() (oldest, newest int64)
	// column returns nil when no row has it.
	column(id columnID) column
	// tagColumns lists the tags and metrics.
	tagColumns() []column
}

// dictionary holds the distinct values of a column; one slice is set.
type dictionary struct {
	strings  []string
	numbers  []float64
	traceIDs []span.TraceID
	rawIDs   []byte // of a file: 16 bytes each, read in place
}

func (d *dictionary) len() int {
	return max(len(d.strings), len(d.numbers), len(d.traceIDs), len(d.rawIDs)/16)
}

func (d *dictionary) traceID(code int) span.TraceID {
	if d.rawIDs != nil {
		b := d.rawIDs[16*code:]
		return span.TraceID{High: binary.BigEndian.Uint64(b), Low: binary.BigEndian.Uint64(b[8:])}
	}
	return d.traceIDs[code]
}

// vec holds the values of one page: codes into the dictionary, or plain values.
// It has one value per present row.
type vec struct {
	from, to int // rows

	// Which rows have a value: all when both are nil.
	present bitmap   // bit i is row from+i
	rowIDs  []uint16 // ascending, relative to from

	dict   *dictionary
	codes  []uint16
	run    bool // all values have runCode; codes is nil
	runOf  uint16
	offs   []uint32 // plain strings: value i is data[offs[i]:offs[i+1]]
	data   string
	floats []float64
	ints   []int64

	// Codes and integers as they lie in a page, of 1, 2 or 8 bytes each: a
	// question that wants few rows reads them in place.
	raw  []byte
	size int
}

func (v *vec) code(i int) int {
	switch {
	case v.run:
		return int(v.runOf)
	case v.codes != nil:
		return int(v.codes[i])
	case v.size == 1:
		return v.known(int(v.raw[i]))
	}
	return v.known(int(binary.LittleEndian.Uint16(v.raw[2*i:])))
}

// known keeps a code within the dictionary. Only a file that was made to
// deceive has others: pages have checksums.
func (v *vec) known(code int) int {
	if code >= v.dict.len() {
		return 0
	}
	return code
}

// expand unpacks the codes of a page for a scan.
func (v *vec) expand() {
	if v.codes != nil || v.run || v.raw == nil {
		return
	}
	codes := make([]uint16, len(v.raw)/v.size)
	limit := v.dict.len()
	for i := range codes {
		c := uint16(0)
		if v.size == 1 {
			c = uint16(v.raw[i])
		} else {
			c = binary.LittleEndian.Uint16(v.raw[2*i:])
		}
		if int(c) < limit {
			codes[i] = c
		}
	}
	v.codes = codes
}

func (v *vec) integer(i int) int64 {
	if v.ints != nil {
		return v.ints[i]
	}
	return int64(binary.LittleEndian.Uint64(v.raw[8*i:]))
}

func (v *vec) str(i int) string {
	if v.dict != nil {
		return v.dict.strings[v.code(i)]
	}
	return v.data[v.offs[i]:v.offs[i+1]]
}

func (v *vec) number(i int) float64 {
	if v.dict != nil {
		return v.dict.numbers[v.code(i)]
	}
	return v.floats[i]
}

func (v *vec) traceID(i int) span.TraceID { return v.dict.traceID(v.code(i)) }

// each calls f with every present row and the index of its value.
func (v *vec) each(f func(row, i int)) {
	switch {
	case v.rowIDs != nil:
		for i, r := range v.rowIDs {
			f(v.from+int(r), i)
		}
	case v.present != nil:
		i := 0
		v.present.each(0, v.to-v.from, func(r int) {
			f(v.from+r, i)
			i++
		})
	default:
		for i := range v.to - v.from {
			f(v.from+i, i)
		}
	}
}

// columnOf finds the columns in which a field's values lie: a tag may be text
// for some spans and a number for others.
func columnsOf(p part, f query.Field) (text, number column) {
	if key := f.TagKey(); key != "" {
		text = p.column(columnID{key, roleTag})
		if f.Tag {
			number = p.column(columnID{key, roleMetric})
		}
		return text, number
	}
	return p.column(intrinsic(f.Name)), nil
}

// gather calls f with the value of each of the ascending rows that has one.
func gather(c column, rows []int, f func(k int, v *vec, i int)) error {
	for k := 0; k < len(rows); {
		p := sort.Search(c.pages(), func(p int) bool { _, to := c.pageBounds(p); return to > rows[k] })
		_, to := c.pageBounds(p)
		v, err := c.page(p)
		if err != nil {
			return err
		}
		end := k + sort.SearchInts(rows[k:], to)
		v.gather(rows, k, end, f)
		k = end
	}
	return nil
}

// gather calls f for rows[k:end], which lie in the page.
func (v *vec) gather(rows []int, k, end int, f func(k int, v *vec, i int)) {
	switch {
	case v.rowIDs != nil:
		i := 0
		for ; k < end; k++ {
			r := uint16(rows[k] - v.from)
			n, ok := slices.BinarySearch(v.rowIDs[i:], r)
			i += n
			if ok {
				f(k, v, i)
			}
		}
	case v.present != nil:
		word, before := 0, 0 // values before the word
		for ; k < end; k++ {
			r := rows[k] - v.from
			for ; word < r>>6; word++ {
				before += bits.OnesCount64(v.present[word])
			}
			if w := v.present[word]; w>>(r&63)&1 != 0 {
				f(k, v, before+bits.OnesCount64(w&(1<<(r&63)-1)))
			}
		}
	default:
		for ; k < end; k++ {
			f(k, v, rows[k]-v.from)
		}
	}
}

// forget drops the pages that a part decoded, once a question is through with
// it: a scan of days would else hold all of them.
func forget(p part) {
	if f, ok := p.(interface{ forget() }); ok {
		f.forget()
	}
}

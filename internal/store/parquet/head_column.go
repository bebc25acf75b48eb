package parquet

import (
	"math"

	"hoofprint/internal/span"
)

// headColumn is a growing column. Its slices are only appended to, so a reader
// that copied their headers under the head's lock reads them without it.
type headColumn struct {
	name columnID
	typ  kind

	rows []uint16 // rows with a value; unused in required columns

	codes    []uint16
	strings  []string
	numbers  []float64
	traceIDs []span.TraceID
	ints     []int64

	stringCodes map[string]uint16
	numberCodes map[uint64]uint16 // by bits: NaN is one value
	traceCodes  map[span.TraceID]uint16

	required bool
}

func newHeadColumn(name columnID, typ kind, required bool) *headColumn {
	c := &headColumn{name: name, typ: typ, required: required}
	switch typ {
	case kindString:
		c.stringCodes = make(map[string]uint16)
	case kindNumber:
		c.numberCodes = make(map[uint64]uint16)
	case kindTraceID:
		c.traceCodes = make(map[span.TraceID]uint16)
	}
	return c
}

// mark notes that a row has a value; false when it has one already.
func (c *headColumn) mark(row int) bool {
	if c.required {
		return true
	}
	if n := len(c.rows); n > 0 && int(c.rows[n-1]) == row {
		return false
	}
	c.rows = append(c.rows, uint16(row))
	return true
}

func (c *headColumn) addString(row int, v string, a *arena) {
	if !c.mark(row) {
		return
	}
	code, ok := c.stringCodes[v]
	if !ok {
		v = a.copy(v)
		code = uint16(len(c.strings))
		c.strings = append(c.strings, v)
		c.stringCodes[v] = code
	}
	c.codes = append(c.codes, code)
}

func (c *headColumn) addNumber(row int, v float64) {
	if !c.mark(row) {
		return
	}
	b := math.Float64bits(v)
	code, ok := c.numberCodes[b]
	if !ok {
		code = uint16(len(c.numbers))
		c.numbers = append(c.numbers, v)
		c.numberCodes[b] = code
	}
	c.codes = append(c.codes, code)
}

func (c *headColumn) addTraceID(v span.TraceID) {
	code, ok := c.traceCodes[v]
	if !ok {
		code = uint16(len(c.traceIDs))
		c.traceIDs = append(c.traceIDs, v)
		c.traceCodes[v] = code
	}
	c.codes = append(c.codes, code)
}

// headColumnView is a headColumn as it was for the first n rows.
type headColumnView struct {
	name columnID
	typ  kind
	vec  vec
	n    int // values
}

// view copies the headers; the head's lock is held. It returns nil when no row
// below n has a value.
func (c *headColumn) view(n int) *headColumnView {
	v := &headColumnView{name: c.name, typ: c.typ, n: n, vec: vec{to: n}}
	if !c.required {
		k := searchRows(c.rows, n)
		if k == 0 {
			return nil
		}
		v.n = k
		if k < n {
			v.vec.rowIDs = c.rows[:k:k]
		}
	}
	if c.typ == kindInt {
		v.vec.ints = c.ints[:v.n:v.n]
		return v
	}
	v.vec.codes = c.codes[:v.n:v.n]
	v.vec.dict = &dictionary{strings: c.strings[:len(c.strings):len(c.strings)],
		numbers: c.numbers[:len(c.numbers):len(c.numbers)], traceIDs: c.traceIDs[:len(c.traceIDs):len(c.traceIDs)]}
	return v
}

// searchRows counts the rows below n, which are nearly always all.
func searchRows(rows []uint16, n int) int {
	k := len(rows)
	for k > 0 && int(rows[k-1]) >= n {
		k--
	}
	return k
}

func (c *headColumnView) id() columnID                     { return c.name }
func (c *headColumnView) kind() kind                       { return c.typ }
func (c *headColumnView) values() int                      { return c.n }
func (c *headColumnView) pages() int                       { return 1 }
func (c *headColumnView) pageBounds(int) (from, to int)    { return 0, c.vec.to }
func (c *headColumnView) page(int) (*vec, error)           { return &c.vec, nil }
func (c *headColumnView) dictionary() (*dictionary, error) { return c.vec.dict, nil }

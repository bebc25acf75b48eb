package parquet

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// slices cuts the rows of a full head by UTC day, each sorted by service and
// start: a service's spans then lie together, which its facets and filters
// read, and retention unlinks whole files.
func (h *head) slices() [][]int32 {
	const day = int64(24 * time.Hour)
	start := h.columns[atStart].ints[:h.n]
	perDay := make(map[int64][]int32)
	for i, t := range start {
		d := t - mod(t, day)
		perDay[d] = append(perDay[d], int32(i))
	}
	var days []int64
	for d := range perDay {
		days = append(days, d)
	}
	slices.Sort(days)
	var out [][]int32
	for i, d := range days {
		if i >= maxSlices {
			last := len(out) - 1
			out[last] = append(out[last], perDay[d]...)
			continue
		}
		out = append(out, perDay[d])
	}
	service := h.columns[atService]
	rank := rankStrings(service.strings)
	for _, rows := range out {
		slices.SortStableFunc(rows, func(a, b int32) int {
			return cmp.Or(cmp.Compare(rank[service.codes[a]], rank[service.codes[b]]), cmp.Compare(start[a], start[b]))
		})
	}
	return out
}

// rankStrings gives the place of each string in sorted order.
func rankStrings(list []string) []int32 {
	order := make([]int32, len(list))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return strings.Compare(list[a], list[b]) })
	rank := make([]int32, len(list))
	for place, i := range order {
		rank[i] = int32(place)
	}
	return rank
}

// chunks gives the columns of some rows, in their order; columns without a
// value among them are left out. The head no longer changes.
func (h *head) chunks(rows []int32) []*chunk {
	place := make([]int32, h.n) // row of the head -> row of the file, or -1
	for i := range place {
		place[i] = -1
	}
	for i, r := range rows {
		place[r] = int32(i)
	}
	scratch := make([]uint16, len(rows))
	var out []*chunk
	for _, c := range h.columns {
		ch := &chunk{name: c.name, typ: c.typ}
		if c.typ == kindInt {
			ch.values = len(rows)
			ch.ints = make([]int64, len(rows))
			for i, r := range rows {
				ch.ints[i] = c.ints[r]
			}
			out = append(out, ch)
			continue
		}
		if c.required {
			for i, r := range rows {
				scratch[i] = c.codes[r]
			}
			ch.values = len(rows)
			ch.codes = slices.Clone(scratch)
		} else {
			ch.present = newBitmap(len(rows))
			for i, r := range c.rows {
				if p := place[r]; p >= 0 {
					ch.present.set(int(p))
					scratch[p] = c.codes[i]
					ch.values++
				}
			}
			if ch.values == 0 {
				continue
			}
			ch.codes = make([]uint16, 0, ch.values)
			ch.present.each(0, len(rows), func(r int) { ch.codes = append(ch.codes, scratch[r]) })
			if ch.values == len(rows) {
				ch.present = nil
			}
		}
		ch.renumber(c)
		out = append(out, ch)
	}
	return out
}

// renumber numbers the dictionary by first appearance, which leaves out what
// other rows hold and gives neighbours small, equal numbers.
func (ch *chunk) renumber(c *headColumn) {
	next := make([]int32, max(len(c.strings), len(c.numbers), len(c.traceIDs)))
	n := int32(0)
	for i, code := range ch.codes {
		if next[code] == 0 {
			n++
			next[code] = n
			switch c.typ {
			case kindString:
				ch.strings = append(ch.strings, c.strings[code])
			case kindNumber:
				ch.numbers = append(ch.numbers, c.numbers[code])
			case kindTraceID:
				ch.traceIDs = append(ch.traceIDs, c.traceIDs[code])
			}
		}
		ch.codes[i] = uint16(next[code] - 1)
	}
}

package parquet

import (
	"slices"
	"strings"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

// matcher tests values of one column; the function of its kind is set.
type matcher struct {
	str     func(string) bool
	number  func(float64) bool
	integer func(int64) bool
	traceID func(span.TraceID) bool
	// exact is set when str matches just this value: a bloom filter can then
	// spare the scan.
	exact    string
	hasExact bool
}

// selectRows returns the rows of a part that lie in a range and satisfy its
// filter, nil for none.
func selectRows(p part, r store.Range) (bitmap, error) {
	oldest, newest := p.times()
	if p.rows() == 0 || newest < r.From || oldest >= r.To {
		return nil, nil
	}
	rows := fullBitmap(p.rows())
	if oldest < r.From || newest >= r.To {
		hits := newBitmap(p.rows())
		in := matcher{integer: func(v int64) bool { return v >= r.From && v < r.To }}
		if err := scan(p.column(intrinsic(query.Start)), in, rows, hits); err != nil {
			return nil, err
		}
		rows = hits
	}
	if r.Where != nil {
		hits, err := filter(p, r.Where, rows)
		if err != nil {
			return nil, err
		}
		rows = hits
	}
	if rows.empty() {
		return nil, nil
	}
	return rows, nil
}

// filter returns the candidates that satisfy a tree. The result is new.
func filter(p part, e query.Expr, candidates bitmap) (bitmap, error) {
	switch e := e.(type) {
	case query.And:
		out := candidates.clone()
		for _, x := range cheapestFirst(e) {
			if out.empty() {
				break // nothing left to look at, and no column to read
			}
			hits, err := filter(p, x, out)
			if err != nil {
				return nil, err
			}
			out = hits
		}
		return out, nil
	case query.Or:
		out := newBitmap(p.rows())
		rest := candidates.clone()
		for _, x := range e {
			hits, err := filter(p, x, rest)
			if err != nil {
				return nil, err
			}
			out.or(hits)
			rest.andNot(hits)
		}
		return out, nil
	case query.Not:
		hits, err := filter(p, e.X, candidates)
		if err != nil {
			return nil, err
		}
		out := candidates.clone()
		out.andNot(hits)
		return out, nil
	case query.Text:
		return filterText(p, string(e), candidates)
	case query.Compare:
		return filterCompare(p, e, candidates)
	}
	return candidates.clone(), nil
}

// cheapestFirst orders the terms of a conjunction so that those that leave few
// candidates for little work come first: later ones read only their pages.
func cheapestFirst(terms query.And) query.And {
	out := slices.Clone(terms)
	slices.SortStableFunc(out, func(a, b query.Expr) int { return cost(a) - cost(b) })
	return out
}

func cost(e query.Expr) int {
	switch e := e.(type) {
	case query.Compare:
		switch {
		case e.Op == query.Eq && !e.Field.Tag:
			return 0
		case e.Op == query.Eq:
			return 1
		case e.Op != query.Glob:
			return 2
		}
		return 3
	case query.Text:
		return 5 // four columns
	}
	return 4
}

func filterText(p part, text string, candidates bitmap) (bitmap, error) {
	lower := strings.ToLower(text)
	m := matcher{str: func(s string) bool { return strings.Contains(strings.ToLower(s), lower) }}
	out := newBitmap(p.rows())
	for _, id := range []columnID{
		intrinsic(query.Resource), intrinsic(query.Name),
		{span.KeyErrorType, roleTag}, {span.KeyErrorMessage, roleTag},
	} {
		if err := scanTag(p, id, m, candidates, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func filterCompare(p part, c query.Compare, candidates bitmap) (bitmap, error) {
	out := newBitmap(p.rows())
	if c.Field.Tag {
		m := matcher{str: c.MatchTag, exact: c.Value, hasExact: c.Op == query.Eq}
		if err := scanTag(p, columnID{c.Field.Name, roleTag}, m, candidates, out); err != nil {
			return nil, err
		}
		return out, scanTag(p, columnID{c.Field.Name, roleMetric}, matcher{number: c.MatchMetric}, candidates, out)
	}
	if key := c.Field.TagKey(); key != "" {
		// An intrinsic that lives in a tag: absent is "".
		if !c.MatchString("") {
			return out, scanTag(p, columnID{key, roleTag}, matcher{str: c.MatchString}, candidates, out)
		}
		misses := newBitmap(p.rows())
		err := scanTag(p, columnID{key, roleTag}, matcher{str: func(s string) bool { return !c.MatchString(s) }}, candidates, misses)
		out = candidates.clone()
		out.andNot(misses)
		return out, err
	}
	var m matcher
	switch c.Field.Name {
	case query.TraceID:
		m.traceID = c.MatchTraceID
	case query.SpanID, query.ParentID:
		m.integer = func(v int64) bool { return c.MatchID(uint64(v)) }
	case query.Start, query.Duration:
		m.integer = func(v int64) bool { return c.MatchNumber(float64(v)) }
	default:
		m.str = c.MatchString
	}
	col := p.column(intrinsic(c.Field.Name))
	if col == nil { // a field that no span has
		if m.str != nil && m.str("") {
			return candidates.clone(), nil
		}
		return out, nil
	}
	return out, scan(col, m, candidates, out)
}

// scanTag scans the column of an id and, for tags, the overflow.
func scanTag(p part, id columnID, m matcher, candidates, out bitmap) error {
	if col := p.column(id); col != nil {
		if err := scan(col, m, candidates, out); err != nil {
			return err
		}
	}
	if id.role == roleIntrinsic {
		return nil
	}
	over := p.column(intrinsic(columnOverflow))
	if over == nil {
		return nil
	}
	return scan(over, matcher{str: func(text string) bool {
		o, err := decodeOverflow(text)
		if err != nil {
			return false
		}
		if id.role == roleTag {
			for _, t := range o.Tags {
				if t.Key == id.key {
					return m.str(t.Value)
				}
			}
			return false
		}
		for _, n := range o.Metrics {
			if n.Key == id.key {
				return m.number(n.Value)
			}
		}
		return false
	}}, candidates, out)
}

// scan sets the bits of the candidates whose value matches. Pages without a
// candidate are not read, and each dictionary entry is tested once.
func scan(c column, m matcher, candidates, out bitmap) error {
	if f, ok := c.(*fileColumn); ok && m.hasExact && !f.mayHold(m.exact) {
		return nil
	}
	dict, err := c.dictionary()
	if err != nil {
		return err
	}
	var match []bool
	if dict != nil {
		match = matchDictionary(dict, c.kind(), m)
		if match == nil {
			return nil
		}
	}
	for i := range c.pages() {
		from, to := c.pageBounds(i)
		if !candidates.any(from, to) {
			continue
		}
		v, err := c.page(i)
		if err != nil {
			return err
		}
		switch {
		case match != nil:
			scanCodes(v, match, candidates, out)
		case c.kind() == kindInt:
			v.each(func(row, i int) {
				if candidates.get(row) && m.integer(v.integer(i)) {
					out.set(row)
				}
			})
		case c.kind() == kindNumber:
			v.each(func(row, i int) {
				if candidates.get(row) && m.number(v.floats[i]) {
					out.set(row)
				}
			})
		default:
			v.each(func(row, i int) {
				if candidates.get(row) && m.str(v.str(i)) {
					out.set(row)
				}
			})
		}
	}
	return nil
}

// matchDictionary tests each entry; nil when none matches.
func matchDictionary(d *dictionary, k kind, m matcher) []bool {
	var out []bool
	hit := func(i, n int) {
		if out == nil {
			out = make([]bool, n)
		}
		out[i] = true
	}
	switch k {
	case kindString:
		for i, s := range d.strings {
			if m.str(s) {
				hit(i, len(d.strings))
			}
		}
	case kindNumber:
		for i, f := range d.numbers {
			if m.number(f) {
				hit(i, len(d.numbers))
			}
		}
	case kindTraceID:
		for i := range d.len() {
			if m.traceID(d.traceID(i)) {
				hit(i, d.len())
			}
		}
	}
	return out
}

func scanCodes(v *vec, match []bool, candidates, out bitmap) {
	if v.run {
		if match[v.runOf] {
			v.each(func(row, _ int) {
				if candidates.get(row) {
					out.set(row)
				}
			})
		}
		return
	}
	v.expand()
	if v.rowIDs == nil && v.present == nil {
		words := out[v.from>>6:]
		for i := 0; i < len(v.codes); i += 64 {
			var w uint64
			for k, code := range v.codes[i:min(i+64, len(v.codes))] {
				if match[code] {
					w |= 1 << k
				}
			}
			words[i>>6] |= w & candidates[v.from>>6+i>>6]
		}
		return
	}
	v.each(func(row, i int) {
		if match[v.codes[i]] && candidates.get(row) {
			out.set(row)
		}
	})
}

package parquet

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"strings"

	"hoofprint/internal/query"
	"hoofprint/internal/store"
)

// Facets implements store.Store. Each part is filtered once, and the values of
// a column with a dictionary are counted by their codes.
func (s *Store) Facets(ctx context.Context, q store.Facets) (store.FacetCounts, error) {
	parts, release, err := s.acquire(q.Range)
	if err != nil {
		return store.FacetCounts{}, err
	}
	defer release()
	var out store.FacetCounts
	counters := make([]facetCounter, len(q.Fields))
	for i, f := range q.Fields {
		counters[i] = facetCounter{field: f, index: map[string]int{}}
	}
	for _, p := range parts {
		if err := ctx.Err(); err != nil {
			return store.FacetCounts{}, err
		}
		err := countFacets(p, q.Range, counters, &out)
		forget(p)
		if err != nil && !s.skip(p, err) {
			return store.FacetCounts{}, err
		}
	}
	limit := q.Limit
	if limit <= 0 {
		limit = groupsDefault
	}
	out.Facets = make([]store.Facet, len(counters))
	for i := range counters {
		out.Facets[i] = counters[i].result(limit)
	}
	return out, nil
}

func countFacets(p part, r store.Range, counters []facetCounter, out *store.FacetCounts) error {
	hits, err := selectRows(p, r)
	if hits == nil || err != nil {
		return err
	}
	failed := newBitmap(p.rows())
	isError := matcher{str: func(s string) bool { return s == statusError }}
	if err := scan(p.column(intrinsic(query.Status)), isError, hits, failed); err != nil {
		return err
	}
	out.Spans += int64(hits.count())
	out.Errors += int64(failed.count())
	for i := range counters {
		if err := counters[i].part(p, hits, failed); err != nil {
			return err
		}
	}
	return nil
}

// facetCounter counts the values of one field over all parts.
type facetCounter struct {
	field   query.Field
	index   map[string]int // value -> values
	values  []store.FacetValue
	partial bool
}

func (c *facetCounter) add(value string, spans, errors int64) {
	at, ok := c.index[value]
	if !ok {
		if len(c.values) >= maxFacetValues {
			c.partial = true
			return
		}
		at = len(c.values)
		value = strings.Clone(value)
		c.index[value] = at
		c.values = append(c.values, store.FacetValue{Value: value})
	}
	c.values[at].Spans += spans
	c.values[at].Errors += errors
}

func (c *facetCounter) result(limit int) store.Facet {
	slices.SortFunc(c.values, func(a, b store.FacetValue) int {
		return cmp.Or(cmp.Compare(b.Spans, a.Spans), cmp.Compare(a.Value, b.Value))
	})
	out := store.Facet{Field: c.field, Distinct: len(c.values), Partial: c.partial}
	out.Values = slices.Clone(c.values[:min(limit, len(c.values))]) // lets go of the others
	return out
}

// part counts the rows hit of a part.
func (c *facetCounter) part(p part, hits, failed bitmap) error {
	text, number := columnsOf(p, c.field)
	overflows := c.field.TagKey() != "" && p.column(intrinsic(columnOverflow)) != nil
	if text != nil && number != nil || overflows {
		return c.mixed(p, hits, failed)
	}
	col := text
	if col == nil {
		col = number
	}
	spans, errors := int64(hits.count()), int64(failed.count())
	if col != nil {
		dict, err := col.dictionary()
		if err != nil {
			return err
		}
		var with, wrong int64
		if dict != nil {
			with, wrong, err = c.codes(col, dict, hits, failed)
		} else {
			with, wrong, err = c.plain(col, hits, failed)
		}
		if err != nil {
			return err
		}
		spans, errors = spans-with, errors-wrong
	}
	if spans > 0 {
		c.add("", spans, errors)
	}
	return nil
}

// mixed counts a field whose values lie in several columns.
func (c *facetCounter) mixed(p part, hits, failed bitmap) error {
	keys, err := fieldKeys(p, c.field, hits)
	if err != nil {
		return err
	}
	counts := make([]store.FacetValue, len(keys.labels))
	hits.each(0, p.rows(), func(row int) { counts[keys.of[row]].Spans++ })
	failed.each(0, p.rows(), func(row int) { counts[keys.of[row]].Errors++ })
	for i, n := range counts {
		if n.Spans > 0 {
			c.add(keys.labels[i][0], n.Spans, n.Errors)
		}
	}
	return nil
}

// codes counts a column with a dictionary; it returns how many of the rows hit,
// and how many failed ones, have a value.
func (c *facetCounter) codes(col column, dict *dictionary, hits, failed bitmap) (spans, errors int64, err error) {
	counts := make([]store.FacetValue, dict.len())
	for i := range col.pages() {
		from, to := col.pageBounds(i)
		if !hits.any(from, to) {
			continue
		}
		v, err := col.page(i)
		if err != nil {
			return 0, 0, err
		}
		countCodes(v, hits, failed, counts)
	}
	label := labelOf(col.kind(), c.field)
	if col.kind() == kindNumber {
		label = numberLabel
	}
	one := &vec{dict: dict, run: true}
	for code, n := range counts {
		if n.Spans > 0 {
			one.runOf = uint16(code)
			c.add(label(one, 0), n.Spans, n.Errors)
			spans += n.Spans
			errors += n.Errors
		}
	}
	return spans, errors, nil
}

func countCodes(v *vec, hits, failed bitmap, counts []store.FacetValue) {
	v.expand()
	if v.rowIDs != nil || v.present != nil {
		v.each(func(row, i int) {
			if hits.get(row) {
				n := &counts[v.code(i)]
				n.Spans++
				if failed.get(row) {
					n.Errors++
				}
			}
		})
		return
	}
	for w := v.from >> 6; w < (v.to+63)>>6; w++ {
		if v.run {
			counts[v.runOf].Spans += int64(bits.OnesCount64(hits[w]))
			counts[v.runOf].Errors += int64(bits.OnesCount64(failed[w]))
			continue
		}
		codes := v.codes[w<<6-v.from:]
		for h := hits[w]; h != 0; h &= h - 1 {
			counts[codes[bits.TrailingZeros64(h)]].Spans++
		}
		for f := failed[w]; f != 0; f &= f - 1 {
			counts[codes[bits.TrailingZeros64(f)]].Errors++
		}
	}
}

// plain counts a column without a dictionary, as codes does.
func (c *facetCounter) plain(col column, hits, failed bitmap) (spans, errors int64, err error) {
	label := labelOf(col.kind(), c.field)
	if col.kind() == kindNumber {
		label = numberLabel
	}
	for i := range col.pages() {
		from, to := col.pageBounds(i)
		if !hits.any(from, to) {
			continue
		}
		v, err := col.page(i)
		if err != nil {
			return 0, 0, err
		}
		v.each(func(row, i int) {
			if !hits.get(row) {
				return
			}
			wrong := int64(0)
			if failed.get(row) {
				wrong = 1
			}
			spans++
			errors += wrong
			c.add(label(v, i), 1, wrong)
		})
	}
	return spans, errors, nil
}

func numberLabel(v *vec, i int) string { return query.FormatNumber(v.number(i)) }

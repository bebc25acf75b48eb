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

// Keys implements store.Store.
func (s *Store) Keys(ctx context.Context, r store.Range) ([]store.Key, error) {
	parts, release, err := s.acquire(r)
	if err != nil {
		return nil, err
	}
	defer release()
	counts := make(map[columnID]int64)
	for _, p := range parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := countKeys(p, r, counts)
		forget(p)
		if err != nil && !s.skip(p, err) {
			return nil, err
		}
	}
	out := make([]store.Key, 0, len(counts))
	for id, n := range counts {
		out = append(out, store.Key{Field: query.Field{Name: strings.Clone(id.key), Tag: true}, Spans: n, Number: id.role == roleMetric})
	}
	slices.SortFunc(out, func(a, b store.Key) int {
		return cmp.Or(cmp.Compare(b.Spans, a.Spans), cmp.Compare(a.Field.Name, b.Field.Name))
	})
	return out, nil
}

func countKeys(p part, r store.Range, counts map[columnID]int64) error {
	hits, err := selectRows(p, r)
	if hits == nil || err != nil {
		return err
	}
	all := hits.count() == p.rows()
	for _, c := range p.tagColumns() {
		n := c.values()
		if !all {
			if n, err = countPresent(c, hits); err != nil {
				return err
			}
		}
		if n > 0 {
			counts[c.id()] += int64(n)
		}
	}
	over := p.column(intrinsic(columnOverflow))
	if over == nil {
		return nil
	}
	rows := hits.rows()
	return gather(over, rows, func(_ int, v *vec, i int) {
		o, err := decodeOverflow(v.str(i))
		if err != nil {
			return
		}
		for _, t := range o.Tags {
			counts[columnID{t.Key, roleTag}]++
		}
		for _, m := range o.Metrics {
			counts[columnID{m.Key, roleMetric}]++
		}
	})
}

// countPresent counts the rows hit that have a value.
func countPresent(c column, hits bitmap) (int, error) {
	n := 0
	for i := range c.pages() {
		from, to := c.pageBounds(i)
		if !hits.any(from, to) {
			continue
		}
		v, err := c.page(i)
		if err != nil {
			return 0, err
		}
		words := hits[from>>6 : (to+63)>>6]
		switch {
		case v.rowIDs != nil:
			for _, r := range v.rowIDs {
				if hits.get(from + int(r)) {
					n++
				}
			}
		case v.present != nil:
			for w := range words {
				n += bits.OnesCount64(words[w] & v.present[w])
			}
		default:
			n += bitmap(words).count()
		}
	}
	return n, nil
}

package parquet

import (
	"cmp"
	"container/heap"
	"context"
	"iter"
	"slices"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

// List implements store.Store.
func (s *Store) List(ctx context.Context, q store.List) iter.Seq2[span.Span, error] {
	return func(yield func(span.Span, error) bool) {
		spans, err := s.list(ctx, q)
		for i := range spans {
			if !yield(spans[i], nil) {
				return
			}
		}
		if err != nil {
			yield(span.Span{}, err)
		}
	}
}

func (s *Store) list(ctx context.Context, q store.List) ([]span.Span, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = listDefault
	}
	limit = min(limit, listMax)
	offset := max(q.Offset, 0)
	parts, release, err := s.acquire(q.Range)
	if err != nil {
		return nil, err
	}
	defer release()
	orderParts(parts, q.Order)
	top := topRows{order: q.Order, keep: offset + limit}
	for i, p := range parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if top.beyond(p) {
			if q.Order == store.Newest || q.Order == store.Oldest {
				break // the parts come in that order: none is better
			}
			continue
		}
		err := collect(p, i, q, &top)
		forget(p)
		if err != nil {
			if s.skip(p, err) {
				continue
			}
			return nil, err
		}
	}
	rows := top.sorted()
	if offset >= len(rows) {
		return nil, nil
	}
	return s.materialise(parts, rows[offset:], q.Columns)
}

// orderParts puts first the parts that can hold the first spans.
func orderParts(parts []part, o store.Order) {
	slices.SortStableFunc(parts, func(a, b part) int {
		oldestA, newestA := a.times()
		oldestB, newestB := b.times()
		if o == store.Oldest {
			return cmp.Compare(oldestA, oldestB)
		}
		return cmp.Compare(newestB, newestA)
	})
}

// listed is a row that may be among the first.
type listed struct {
	key   int64 // start or duration
	error bool
	id    uint64 // breaks ties, so that pages of a list do not overlap
	part  int
	row   int
	lost  bool // its part cannot be read
}

// topRows keeps the first rows in an order; its heap has the last of them on top.
type topRows struct {
	order store.Order
	keep  int
	rows  []listed
}

// before tells whether a comes before b in a list.
func (t *topRows) before(a, b listed) bool {
	if t.order == store.Failing && a.error != b.error {
		return a.error
	}
	if a.key != b.key {
		return (a.key < b.key) == (t.order == store.Oldest)
	}
	return a.id < b.id
}

func (t *topRows) Len() int           { return len(t.rows) }
func (t *topRows) Less(i, j int) bool { return t.before(t.rows[j], t.rows[i]) }
func (t *topRows) Swap(i, j int)      { t.rows[i], t.rows[j] = t.rows[j], t.rows[i] }
func (t *topRows) Push(x any)         { t.rows = append(t.rows, x.(listed)) }
func (t *topRows) Pop() any {
	last := t.rows[len(t.rows)-1]
	t.rows = t.rows[:len(t.rows)-1]
	return last
}

func (t *topRows) add(r listed) {
	if len(t.rows) < t.keep {
		heap.Push(t, r)
	} else if t.before(r, t.rows[0]) {
		t.rows[0] = r
		heap.Fix(t, 0)
	}
}

// beyond tells whether no row of a part can still enter.
func (t *topRows) beyond(p part) bool {
	if len(t.rows) < t.keep {
		return false
	}
	oldest, newest := p.times()
	last := t.rows[0]
	switch t.order {
	case store.Newest:
		return newest < last.key
	case store.Oldest:
		return oldest > last.key
	case store.Failing:
		return last.error && newest < last.key
	}
	return false
}

func (t *topRows) sorted() []listed {
	slices.SortFunc(t.rows, func(a, b listed) int {
		switch {
		case t.before(a, b):
			return -1
		case t.before(b, a):
			return 1
		}
		return 0
	})
	return t.rows
}

// collect offers the matching rows of a part.
func collect(p part, at int, q store.List, top *topRows) error {
	hits, err := selectRows(p, q.Range)
	if hits == nil || err != nil {
		return err
	}
	key := query.Start
	if q.Order == store.Slowest {
		key = query.Duration
	}
	if hits, err = top.promising(p.column(intrinsic(key)), hits); err != nil {
		return err
	}
	rows := hits.rows()
	found := make([]listed, len(rows))
	err = gather(p.column(intrinsic(key)), rows, func(k int, v *vec, i int) {
		found[k] = listed{key: v.integer(i), part: at, row: rows[k]}
	})
	if err != nil {
		return err
	}
	if q.Order == store.Failing {
		err = gather(p.column(intrinsic(query.Status)), rows, func(k int, v *vec, i int) { found[k].error = v.str(i) == statusError })
		if err != nil {
			return err
		}
	}
	found = top.contenders(found)
	for i := range found {
		rows[i] = found[i].row
	}
	err = gather(p.column(intrinsic(query.SpanID)), rows[:len(found)], func(k int, v *vec, i int) { found[k].id = uint64(v.integer(i)) })
	if err != nil {
		return err
	}
	for _, r := range found {
		top.add(r)
	}
	return nil
}

// promising drops the rows that come after all those kept by their key alone.
func (t *topRows) promising(key column, hits bitmap) (bitmap, error) {
	if len(t.rows) < t.keep {
		return hits, nil
	}
	last := t.rows[0].key
	good := func(v int64) bool { return v >= last }
	switch t.order {
	case store.Oldest:
		good = func(v int64) bool { return v <= last }
	case store.Failing: // a failing row comes first whatever its start
		return hits, nil
	}
	out := newBitmap(len(hits) * 64)
	return out, scan(key, matcher{integer: good}, hits, out)
}

// contenders drops the rows that cannot be among the first, ids aside: most of
// a part, whose ids then need not be read.
func (t *topRows) contenders(found []listed) []listed {
	best := topRows{order: t.order, keep: t.keep}
	best.rows = append(best.rows, t.rows...)
	for i := range best.rows {
		best.rows[i].id = 0
	}
	heap.Init(&best)
	for i := len(found) - 1; i >= 0; i-- { // rows of a service ascend by start
		best.add(found[i])
	}
	if len(best.rows) < best.keep {
		return found
	}
	last := best.rows[0]
	return slices.DeleteFunc(found, func(r listed) bool { return best.before(last, r) })
}

// materialise reads the chosen rows, part by part, and returns them in order.
// Rows of a part that turns out to be damaged are left out.
func (s *Store) materialise(parts []part, rows []listed, columns []query.Field) ([]span.Span, error) {
	out := make([]span.Span, len(rows))
	byPart := make(map[int][]int) // part -> indexes into rows
	for i, r := range rows {
		byPart[r.part] = append(byPart[r.part], i)
	}
	for at, list := range byPart {
		slices.SortFunc(list, func(a, b int) int { return cmp.Compare(rows[a].row, rows[b].row) })
		ids := make([]int, len(list))
		to := make([]*span.Span, len(list))
		for k, i := range list {
			ids[k], to[k] = rows[i].row, &out[i]
		}
		err := fill(parts[at], ids, columns, to)
		forget(parts[at])
		if err == nil {
			continue
		}
		if !s.skip(parts[at], err) {
			return nil, err
		}
		for _, i := range list {
			rows[i].lost = true
		}
	}
	kept := out[:0]
	for i := range out {
		if !rows[i].lost {
			kept = append(kept, out[i])
		}
	}
	return kept, nil
}

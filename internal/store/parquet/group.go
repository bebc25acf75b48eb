package parquet

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"hoofprint/internal/query"
	"hoofprint/internal/store"
)

// Group implements store.Store.
func (s *Store) Group(ctx context.Context, q store.Group) (store.Groups, error) {
	if q.TimeBuckets < 0 || q.TimeBuckets > maxTimeBuckets {
		return store.Groups{}, fmt.Errorf("group spans: %d time buckets; ask for 0 to %d", q.TimeBuckets, maxTimeBuckets)
	}
	wide := q.Range
	if q.WithoutChild != nil {
		wide = withChildren(wide)
	}
	parts, release, err := s.acquire(wide)
	if err != nil {
		return store.Groups{}, err
	}
	defer release()
	g := grouping{q: q, index: make(map[string]int)}
	selectOf := func(i int) (bitmap, error) { return selectRows(parts[i], q.Range) }
	if q.WithoutChild != nil {
		selected, err := s.childless(ctx, parts, q)
		if err != nil {
			return store.Groups{}, err
		}
		selectOf = func(i int) (bitmap, error) { return selected[i], nil }
	}
	for i, p := range parts {
		if err := ctx.Err(); err != nil {
			return store.Groups{}, err
		}
		hits, err := selectOf(i)
		if err == nil {
			err = g.add(p, hits)
		}
		forget(p)
		if err != nil {
			if s.skip(p, err) {
				continue
			}
			return store.Groups{}, err
		}
	}
	return g.result(), nil
}

type grouping struct {
	q       store.Group
	index   map[string]int // joined keys -> groups
	groups  []store.GroupCount
	scanned int64
}

// add counts the rows hit of one part. Nothing is counted when it fails.
func (g *grouping) add(p part, hits bitmap) error {
	if oldest, newest := p.times(); newest >= g.q.From && oldest < g.q.To {
		g.scanned += int64(p.rows())
	}
	if hits == nil || hits.empty() {
		return nil
	}
	keys, err := keyRows(p, g.q.By, hits)
	if err != nil {
		return err
	}
	rows := hits.rows()
	durations, starts, failed := make([]int64, len(rows)), make([]int64, len(rows)), make([]bool, len(rows))
	if err := gather(p.column(intrinsic(query.Duration)), rows, func(k int, v *vec, i int) { durations[k] = v.integer(i) }); err != nil {
		return err
	}
	if g.q.TimeBuckets > 0 {
		if err := gather(p.column(intrinsic(query.Start)), rows, func(k int, v *vec, i int) { starts[k] = v.integer(i) }); err != nil {
			return err
		}
	}
	if err := gather(p.column(intrinsic(query.Status)), rows, func(k int, v *vec, i int) { failed[k] = v.str(i) == statusError }); err != nil {
		return err
	}
	places := make([]int, len(keys.labels)) // group of the part -> 1 + group of the answer
	for k, row := range rows {
		key := uint32(0)
		if keys.of != nil {
			key = keys.of[row]
		}
		if places[key] == 0 {
			at, err := g.place(keys.labels[key])
			if err != nil {
				return err
			}
			places[key] = at + 1
		}
		g.count(&g.groups[places[key]-1], starts[k], durations[k], failed[k])
	}
	return nil
}

func (g *grouping) count(to *store.GroupCount, start, duration int64, failed bool) {
	addCount(&to.Count, duration, failed)
	if g.q.TimeBuckets > 0 {
		b := timeBucket(g.q.From, g.q.To, start, g.q.TimeBuckets)
		addCount(&to.Buckets[b], duration, failed)
		if g.q.Latency {
			if to.LatencyBuckets[b] == nil {
				to.LatencyBuckets[b] = new(store.Histogram)
			}
			to.LatencyBuckets[b].Add(duration) // and into Latency in the end
		}
	} else if g.q.Latency {
		to.Latency.Add(duration)
	}
}

func addCount(c *store.Count, duration int64, failed bool) {
	c.Spans++
	c.Duration += duration
	if failed {
		c.Errors++
	}
}

// timeBucket is the bucket of n equal ones of [from, to) in which t lies.
func timeBucket(from, to, t int64, n int) int {
	b := int(float64(uint64(t)-uint64(from)) / float64(uint64(to)-uint64(from)) * float64(n))
	return min(max(b, 0), n-1)
}

// place finds or makes the group of the answer with some labels.
func (g *grouping) place(labels []string) (int, error) {
	var b []byte
	for _, l := range labels {
		b = binary.AppendUvarint(b, uint64(len(l)))
		b = append(b, l...)
	}
	if i, ok := g.index[string(b)]; ok {
		return i, nil
	}
	if len(g.groups) >= maxGroups || len(g.groups)*g.q.TimeBuckets >= maxCells {
		return 0, fmt.Errorf("group spans: over %d groups; narrow the time range or the search, or ask for fewer time buckets", len(g.groups))
	}
	c := store.GroupCount{Keys: make([]string, len(labels))}
	for i, l := range labels {
		c.Keys[i] = strings.Clone(l)
	}
	if g.q.TimeBuckets > 0 {
		c.Buckets = make([]store.Count, g.q.TimeBuckets)
		if g.q.Latency {
			c.LatencyBuckets = make([]*store.Histogram, g.q.TimeBuckets)
		}
	}
	if g.q.Latency {
		c.Latency = new(store.Histogram)
	}
	g.groups = append(g.groups, c)
	g.index[string(b)] = len(g.groups) - 1
	return len(g.groups) - 1, nil
}

func (g *grouping) result() store.Groups {
	out := store.Groups{Distinct: len(g.groups), Scanned: g.scanned}
	for i := range g.groups {
		c := &g.groups[i].Count
		out.Total.Spans += c.Spans
		out.Total.Errors += c.Errors
		out.Total.Duration += c.Duration
	}
	slices.SortFunc(g.groups, func(a, b store.GroupCount) int {
		return cmp.Or(cmp.Compare(b.Spans, a.Spans), slices.Compare(a.Keys, b.Keys))
	})
	limit := g.q.Limit
	if limit <= 0 {
		limit = groupsDefault
	}
	out.Groups = g.groups[:min(limit, len(g.groups))]
	for i := range out.Groups {
		for _, h := range out.Groups[i].LatencyBuckets {
			out.Groups[i].Latency.Merge(h)
		}
	}
	return out
}

// rowKeys says to which group each row of a part belongs.
type rowKeys struct {
	of     []uint32 // row -> index into labels; nil when all rows are in one group
	labels [][]string
}

// keyRows numbers the combinations of values of the fields among the rows hit.
func keyRows(p part, by []query.Field, hits bitmap) (rowKeys, error) {
	out := rowKeys{labels: [][]string{{}}}
	for _, f := range by {
		next, err := fieldKeys(p, f, hits)
		if err != nil {
			return out, err
		}
		if len(next.labels) == 1 { // no row has a value
			for i := range out.labels {
				out.labels[i] = append(slices.Clip(out.labels[i]), next.labels[0][0])
			}
			continue
		}
		out = combine(out, next, hits, p.rows())
	}
	return out, nil
}

// combine numbers the pairs of two keys that occur among the rows hit.
func combine(a, b rowKeys, hits bitmap, rows int) rowKeys {
	if a.of == nil {
		for i := range b.labels {
			b.labels[i] = append(slices.Clip(a.labels[0]), b.labels[i]...)
		}
		return b
	}
	out := rowKeys{of: make([]uint32, rows)}
	// Numbers of pairs, plus one: in a table while it is small.
	var table []uint32
	var pairs map[uint64]uint32
	if n := len(a.labels) * len(b.labels); n <= maxRows {
		table = make([]uint32, n)
	} else {
		pairs = make(map[uint64]uint32)
	}
	hits.each(0, rows, func(r int) {
		x, y := a.of[r], b.of[r]
		pair := uint64(x)*uint64(len(b.labels)) + uint64(y)
		var i uint32
		if table != nil {
			i = table[pair]
		} else {
			i = pairs[pair]
		}
		if i == 0 {
			labels := make([]string, 0, len(a.labels[x])+1)
			out.labels = append(out.labels, append(append(labels, a.labels[x]...), b.labels[y][0]))
			i = uint32(len(out.labels))
			if table != nil {
				table[pair] = i
			} else {
				pairs[pair] = i
			}
		}
		out.of[r] = i - 1
	})
	return out
}

// fieldKeys numbers the values of one field among the rows hit; label 0 is "",
// for rows without a value.
func fieldKeys(p part, f query.Field, hits bitmap) (rowKeys, error) {
	k := keyer{hits: hits, of: make([]uint32, p.rows()), labels: [][]string{{""}}, index: map[string]uint32{"": 0}}
	text, number := columnsOf(p, f)
	// Text wins over a number of the same key, as in query.StringValue: it
	// comes last.
	if number != nil {
		if err := k.add(number, func(v *vec, i int) string { return query.FormatNumber(v.number(i)) }); err != nil {
			return rowKeys{}, err
		}
	}
	if key := f.TagKey(); key != "" {
		if err := k.addOverflow(p, f, key); err != nil {
			return rowKeys{}, err
		}
	}
	if text != nil {
		if err := k.add(text, labelOf(text.kind(), f)); err != nil {
			return rowKeys{}, err
		}
	}
	return rowKeys{of: k.of, labels: k.labels}, nil
}

func labelOf(typ kind, f query.Field) func(v *vec, i int) string {
	switch {
	case typ == kindTraceID:
		return func(v *vec, i int) string { return v.traceID(i).String() }
	case typ == kindInt && f.Name == query.Duration:
		return func(v *vec, i int) string { return query.FormatNumber(float64(v.integer(i))) }
	case typ == kindInt && f.Name == query.Start:
		return func(v *vec, i int) string { return fmt.Sprint(v.integer(i)) }
	case typ == kindInt:
		return func(v *vec, i int) string {
			if v.integer(i) == 0 && f.Name == query.ParentID {
				return ""
			}
			return fmt.Sprintf("%016x", uint64(v.integer(i)))
		}
	}
	return (*vec).str
}

type keyer struct {
	hits   bitmap
	of     []uint32
	labels [][]string
	index  map[string]uint32
}

func (k *keyer) label(s string) uint32 {
	i, ok := k.index[s]
	if !ok {
		i = uint32(len(k.labels))
		k.index[s] = i
		k.labels = append(k.labels, []string{s})
	}
	return i
}

func (k *keyer) add(c column, label func(v *vec, i int) string) error {
	dict, err := c.dictionary()
	if err != nil {
		return err
	}
	var byCode []uint32 // label of each dictionary entry; none until it is met
	if dict != nil {
		byCode = make([]uint32, dict.len())
		for i := range byCode {
			byCode[i] = math.MaxUint32
		}
	}
	for i := range c.pages() {
		from, to := c.pageBounds(i)
		if !k.hits.any(from, to) {
			continue
		}
		v, err := c.page(i)
		if err != nil {
			return err
		}
		if byCode != nil {
			v.expand()
		}
		if byCode != nil && v.rowIDs == nil && v.present == nil {
			k.hits.each(from, to, func(row int) {
				code := v.code(row - from)
				if byCode[code] == math.MaxUint32 {
					byCode[code] = k.label(label(v, row-from))
				}
				k.of[row] = byCode[code]
			})
			continue
		}
		v.each(func(row, i int) {
			if !k.hits.get(row) {
				return
			}
			if byCode == nil {
				k.of[row] = k.label(label(v, i))
				return
			}
			code := v.code(i)
			if byCode[code] == math.MaxUint32 {
				byCode[code] = k.label(label(v, i))
			}
			k.of[row] = byCode[code]
		})
	}
	return nil
}

func (k *keyer) addOverflow(p part, f query.Field, key string) error {
	c := p.column(intrinsic(columnOverflow))
	if c == nil {
		return nil
	}
	rows := k.hits.rows()
	var bad error
	err := gather(c, rows, func(at int, v *vec, i int) {
		o, err := decodeOverflow(v.str(i))
		if err != nil {
			bad = err
			return
		}
		for _, m := range o.Metrics {
			if m.Key == key && f.Tag {
				k.of[rows[at]] = k.label(query.FormatNumber(m.Value))
			}
		}
		for _, t := range o.Tags {
			if t.Key == key {
				k.of[rows[at]] = k.label(t.Value)
			}
		}
	})
	if err != nil {
		return err
	}
	return bad
}

package parquet

import (
	"slices"
	"strings"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
)

// fill reads rows of a part, ascending, into spans. Strings are copied: a span
// is the caller's and outlives the file's mapping. Columns is as in store.List.
func fill(p part, rows []int, columns []query.Field, out []*span.Span) error {
	if err := fillIntrinsics(p, rows, out); err != nil {
		return err
	}
	if columns != nil {
		for _, id := range wanted(columns) {
			if err := fillTag(p, id, rows, out); err != nil {
				return err
			}
		}
		return nil
	}
	for _, c := range p.tagColumns() {
		if err := fillColumn(c, rows, out); err != nil {
			return err
		}
	}
	if err := fillOverflow(p, rows, out, func(columnID) bool { return true }); err != nil {
		return err
	}
	for _, s := range out {
		slices.SortFunc(s.Tags, func(a, b span.Tag) int { return strings.Compare(a.Key, b.Key) })
		slices.SortFunc(s.Metrics, func(a, b span.Metric) int { return strings.Compare(a.Key, b.Key) })
	}
	if c := p.column(intrinsic(columnExtra)); c != nil {
		var bad error
		err := gather(c, rows, func(k int, v *vec, i int) {
			if err := decodeExtra(v.str(i), out[k]); err != nil {
				bad = err
			}
		})
		if err != nil {
			return err
		}
		return bad
	}
	return nil
}

// wanted lists the columns to read for fields. Intrinsics that live in tags
// are always filled.
func wanted(fields []query.Field) []columnID {
	var out []columnID
	add := func(id columnID) {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	for _, name := range []string{query.Kind, query.Env, query.Version, query.Host} {
		add(columnID{query.Field{Name: name}.TagKey(), roleTag})
	}
	for _, f := range fields {
		if f.Tag {
			add(columnID{f.Name, roleTag})
			add(columnID{f.Name, roleMetric})
		}
	}
	return out
}

func fillIntrinsics(p part, rows []int, out []*span.Span) error {
	for at := range requiredColumns {
		name, _ := requiredColumn(at)
		c := p.column(intrinsic(name))
		if c == nil {
			continue // only in an empty part
		}
		err := gather(c, rows, func(k int, v *vec, i int) {
			s := out[k]
			switch at {
			case atTraceID:
				s.TraceID = v.traceID(i)
			case atSpanID:
				s.ID = uint64(v.integer(i))
			case atParentID:
				s.ParentID = uint64(v.integer(i))
			case atStart:
				s.Start = v.integer(i)
			case atDuration:
				s.Duration = v.integer(i)
			case atService:
				s.Service = strings.Clone(v.str(i))
			case atName:
				s.Name = strings.Clone(v.str(i))
			case atResource:
				s.Resource = strings.Clone(v.str(i))
			case atType:
				s.Type = strings.Clone(v.str(i))
			case atStatus:
				if v.str(i) == statusError {
					s.Error = 1
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func fillTag(p part, id columnID, rows []int, out []*span.Span) error {
	if c := p.column(id); c != nil {
		if err := fillColumn(c, rows, out); err != nil {
			return err
		}
	}
	return fillOverflow(p, rows, out, func(o columnID) bool { return o == id })
}

func fillColumn(c column, rows []int, out []*span.Span) error {
	key := strings.Clone(c.id().key)
	if c.id().role == roleTag {
		return gather(c, rows, func(k int, v *vec, i int) {
			out[k].Tags = append(out[k].Tags, span.Tag{Key: key, Value: strings.Clone(v.str(i))})
		})
	}
	return gather(c, rows, func(k int, v *vec, i int) {
		out[k].Metrics = append(out[k].Metrics, span.Metric{Key: key, Value: v.number(i)})
	})
}

func fillOverflow(p part, rows []int, out []*span.Span, want func(columnID) bool) error {
	c := p.column(intrinsic(columnOverflow))
	if c == nil {
		return nil
	}
	var bad error
	err := gather(c, rows, func(k int, v *vec, i int) {
		o, err := decodeOverflow(v.str(i))
		if err != nil {
			bad = err
			return
		}
		for _, t := range o.Tags {
			if want(columnID{t.Key, roleTag}) {
				out[k].Tags = append(out[k].Tags, t)
			}
		}
		for _, m := range o.Metrics {
			if want(columnID{m.Key, roleMetric}) {
				out[k].Metrics = append(out[k].Metrics, m)
			}
		}
	})
	if err != nil {
		return err
	}
	return bad
}

package parquet

import (
	"encoding/json"
	"math"
	"sync"
	"time"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
)

// head collects up to maxRows spans in columns, searchable at once.
type head struct {
	seq     uint64
	created time.Time

	mu      sync.RWMutex // one writer, many readers
	n       int
	oldest  int64
	newest  int64
	bytes   int64 // encoded
	arena   arena
	columns []*headColumn // the required ones first, as numbered below
	byKey   [roles]map[string]*headColumn
	recent  recent
}

// Positions of the required columns.
const (
	atTraceID = iota
	atSpanID
	atParentID
	atStart
	atDuration
	atService
	atName
	atResource
	atType
	atStatus
	requiredColumns
)

// requiredColumn lists the columns that every row has, in their order.
func requiredColumn(i int) (name string, typ kind) {
	switch i {
	case atTraceID:
		return query.TraceID, kindTraceID
	case atSpanID:
		return query.SpanID, kindInt
	case atParentID:
		return query.ParentID, kindInt
	case atStart:
		return query.Start, kindInt
	case atDuration:
		return query.Duration, kindInt
	case atService:
		return query.Service, kindString
	case atName:
		return query.Name, kindString
	case atResource:
		return query.Resource, kindString
	case atType:
		return query.Type, kindString
	default:
		return query.Status, kindString
	}
}

const (
	statusOK    = "ok"
	statusError = "error"
)

func newHead(seq uint64, created time.Time) *head {
	h := &head{seq: seq, created: created, oldest: math.MaxInt64, newest: math.MinInt64}
	for i := range h.byKey {
		h.byKey[i] = make(map[string]*headColumn)
	}
	for i := range requiredColumns {
		name, typ := requiredColumn(i)
		h.add(newHeadColumn(intrinsic(name), typ, true))
	}
	return h
}

func (h *head) add(c *headColumn) *headColumn {
	h.columns = append(h.columns, c)
	h.byKey[c.name.role][c.name.key] = c
	return c
}

// optional returns a column, creating it unless there are too many.
func (h *head) optional(id columnID, typ kind) *headColumn {
	if c := h.byKey[id.role][id.key]; c != nil {
		return c
	}
	if id.role != roleIntrinsic {
		if len(h.columns) >= maxColumns {
			return nil
		}
		id.key = h.arena.copy(id.key)
	}
	return h.add(newHeadColumn(id, typ, false))
}

// append adds a span unless it is in the head already; full heads take none.
// The writer holds mu.
func (h *head) append(s *row) bool {
	if h.has(s) {
		return false
	}
	r := h.n
	c := h.columns
	c[atTraceID].addTraceID(s.TraceID)
	c[atSpanID].ints = append(c[atSpanID].ints, int64(s.ID))
	c[atParentID].ints = append(c[atParentID].ints, int64(s.ParentID))
	c[atStart].ints = append(c[atStart].ints, s.Start)
	c[atDuration].ints = append(c[atDuration].ints, s.Duration)
	c[atService].addString(r, s.Service, &h.arena)
	c[atName].addString(r, s.Name, &h.arena)
	c[atResource].addString(r, s.Resource, &h.arena)
	c[atType].addString(r, s.Type, &h.arena)
	status := statusOK
	if s.Error != 0 {
		status = statusError
	}
	c[atStatus].addString(r, status, &h.arena)
	var over overflow
	for i := range s.Tags {
		t := &s.Tags[i]
		if c := h.optional(columnID{t.Key, roleTag}, kindString); c != nil {
			c.addString(r, t.Value, &h.arena)
		} else {
			over.Tags = append(over.Tags, *t)
		}
	}
	for i := range s.Metrics {
		m := &s.Metrics[i]
		if c := h.optional(columnID{m.Key, roleMetric}, kindNumber); c != nil {
			c.addNumber(r, m.Value)
		} else {
			over.Metrics = append(over.Metrics, *m)
		}
	}
	if s.extra != "" {
		h.optional(intrinsic(columnExtra), kindString).addString(r, s.extra, &h.arena)
	}
	if over.Tags != nil || over.Metrics != nil {
		h.optional(intrinsic(columnOverflow), kindString).addString(r, over.encode(), &h.arena)
	}
	h.recent.add(h, r)
	h.n++
	h.oldest, h.newest = min(h.oldest, s.Start), max(h.newest, s.Start)
	return true
}

// has tells whether the head holds a span of the same ids and start.
func (h *head) has(s *row) bool { return h.recent.has(h, &s.Span) }

func (h *head) key(row int) (span.TraceID, uint64, int64) {
	c := h.columns
	return c[atTraceID].traceIDs[c[atTraceID].codes[row]], uint64(c[atSpanID].ints[row]), c[atStart].ints[row]
}

// view is the head as it is now.
func (h *head) view() *headView {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return &headView{h: h, n: h.n, oldest: h.oldest, newest: h.newest}
}

// headView is the part of a question: the rows that were there when it began.
type headView struct {
	h              *head
	n              int
	oldest, newest int64
}

func (p *headView) rows() int                     { return p.n }
func (p *headView) times() (oldest, newest int64) { return p.oldest, p.newest }

func (p *headView) column(id columnID) column {
	p.h.mu.RLock()
	defer p.h.mu.RUnlock()
	if c := p.h.byKey[id.role][id.key]; c != nil {
		if v := c.view(p.n); v != nil {
			return v
		}
	}
	return nil
}

func (p *headView) tagColumns() []column {
	p.h.mu.RLock()
	defer p.h.mu.RUnlock()
	var out []column
	for _, c := range p.h.columns {
		if c.name.role == roleIntrinsic {
			continue
		}
		if v := c.view(p.n); v != nil {
			out = append(out, v)
		}
	}
	return out
}

// overflow holds the tags and metrics of one span that have no column.
type overflow struct {
	Tags    []span.Tag    `json:"tags,omitempty"`
	Metrics []span.Metric `json:"metrics,omitempty"`
}

func (o *overflow) encode() string {
	for i := range o.Metrics { // JSON has no word for these
		if m := &o.Metrics[i]; math.IsNaN(m.Value) || math.IsInf(m.Value, 0) {
			m.Value = 0
		}
	}
	b, err := json.Marshal(o)
	if err != nil {
		return "" // not reachable: strings and finite numbers always encode
	}
	return string(b)
}

func decodeOverflow(text string) (o overflow, err error) {
	err = json.Unmarshal([]byte(text), &o)
	return o, err
}

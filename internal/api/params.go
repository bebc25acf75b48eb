package api

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hoofprint/internal/query"
	"hoofprint/internal/store"
)

// params are the parameters that every question understands; each question
// takes the ones it has use for.
type params struct {
	from, to int64 // Unix ns, from < to
	relative bool  // the range moves with the clock
	env      string
	service  string
	search   query.Expr // q as a tree; nil for none
	sel      *selection

	order  store.Order
	limit  int
	offset int
	cols   []column
	keys   []column
	key    *column
	prefix string

	buckets, columns, rows int
}

// selection is a brush: start in [x0, x1) Unix ns, duration in [y0, y1) ns.
type selection struct{ x0, x1, y0, y1 int64 }

// column is a field as it was asked for: "@http.method", "service".
type column struct {
	name  string
	field query.Field
}

func (s *server) parse(r *http.Request) (*params, error) {
	v, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badInput("read the parameters: %v", err)
	}
	now := s.Now()
	p := &params{env: v.Get("env"), service: v.Get("service"), prefix: v.Get("prefix")}
	var fromMoves, toMoves bool
	if p.from, fromMoves, err = moment(v, "from", now.Add(-defaultRange), now); err != nil {
		return nil, err
	}
	if p.to, toMoves, err = moment(v, "to", now, now); err != nil {
		return nil, err
	}
	p.relative = fromMoves && toMoves
	if p.from >= p.to {
		return nil, badInput("from must lie before to, but from=%s to=%s", v.Get("from"), v.Get("to"))
	}
	if p.to-p.from > int64(maxRange) {
		return nil, badInput("the range from=%s to=%s is longer than ten years; narrow it", v.Get("from"), v.Get("to"))
	}
	if q := v.Get("q"); q != "" {
		if p.search, err = parseSearch(q); err != nil {
			return nil, err
		}
	}
	if p.sel, err = brush(v.Get("sel")); err != nil {
		return nil, err
	}
	orders := map[string]store.Order{"": store.Newest, "newest": store.Newest, "oldest": store.Oldest, "slowest": store.Slowest, "failing": store.Failing}
	order, known := orders[v.Get("sort")]
	if !known {
		return nil, badInput("sort=%s is not known; use newest, oldest, slowest or failing", v.Get("sort"))
	}
	p.order = order
	for _, n := range []struct {
		name               string
		into               *int
		fallback, min, max int
	}{
		{"limit", &p.limit, 0, 1, maxLimit},
		{"offset", &p.offset, 0, 0, maxOffset},
		{"buckets", &p.buckets, trackBuckets, 1, maxBuckets},
		{"columns", &p.columns, heatmapColumns, 1, maxBuckets},
		{"rows", &p.rows, heatmapRows, 1, maxHeatmapRows},
	} {
		if *n.into, err = whole(v, n.name, n.fallback, n.min, n.max); err != nil {
			return nil, err
		}
	}
	if p.cols, err = columnList(v, "cols", maxColumns); err != nil {
		return nil, err
	}
	if p.keys, err = columnList(v, "keys", maxFacets); err != nil {
		return nil, err
	}
	if name := v.Get("key"); name != "" {
		c, err := parseColumn(name)
		if err != nil {
			return nil, err
		}
		p.key = &c
	}
	return p, nil
}

// limitOr is the limit asked for, or the question's own.
func (p *params) limitOr(fallback int) int {
	if p.limit > 0 {
		return p.limit
	}
	return fallback
}

// moment reads a time: Unix ms, or relative to now.
func moment(v url.Values, name string, fallback, now time.Time) (ns int64, relative bool, err error) {
	text := strings.TrimSpace(v.Get(name))
	switch {
	case text == "":
		return fallback.UnixNano(), true, nil
	case text == "now":
		return now.UnixNano(), true, nil
	case strings.HasPrefix(text, "-"):
		if d, err := relativeDuration(text[1:]); err == nil && d <= maxRange {
			return now.Add(-d).UnixNano(), true, nil
		}
	default:
		if ms, err := strconv.ParseFloat(text, 64); err == nil && ms >= 0 && ms < math.MaxInt64/1e6 {
			return int64(math.Round(ms*1000)) * 1000, false, nil
		}
	}
	return 0, false, badInput("%s=%s is not a time; use Unix milliseconds, now, or a time back like -15m, -1h or -7d", name, text)
}

// relativeDuration reads Go durations and whole days (d) and weeks (w).
func relativeDuration(text string) (time.Duration, error) {
	for unit, size := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if number, found := strings.CutSuffix(text, unit); found {
			n, err := strconv.ParseUint(number, 10, 16)
			return time.Duration(n) * size, err
		}
	}
	d, err := time.ParseDuration(text)
	if err == nil && d < 0 {
		err = strconv.ErrRange
	}
	return d, err
}

func brush(text string) (*selection, error) {
	if text == "" {
		return nil, nil
	}
	bad := badInput("sel=%s is not a selection; use x0,x1,y0,y1: two times in Unix ms and two durations in ns, each pair ascending", text)
	parts := strings.Split(text, ",")
	if len(parts) != 4 {
		return nil, bad
	}
	var n [4]float64
	for i, part := range parts {
		f, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || math.IsNaN(f) || f < 0 || (i < 2 && f >= math.MaxInt64/1e6) {
			return nil, bad
		}
		n[i] = f
	}
	if n[0] >= n[1] || n[2] >= n[3] {
		return nil, bad
	}
	ns := func(ms float64) int64 { return int64(math.Round(ms*1000)) * 1000 }
	duration := func(f float64) int64 {
		if f >= math.MaxInt64 {
			return math.MaxInt64
		}
		return int64(f)
	}
	return &selection{ns(n[0]), ns(n[1]), duration(n[2]), duration(n[3])}, nil
}

func whole(v url.Values, name string, fallback, least, most int) (int, error) {
	text := v.Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, badInput("%s=%s must be a whole number from %d to %d", name, text, least, most)
	}
	return n, nil
}

func columnList(v url.Values, name string, most int) ([]column, error) {
	text := v.Get(name)
	if text == "" {
		return nil, nil
	}
	var out []column
	for part := range strings.SplitSeq(text, ",") {
		if part == "" {
			continue
		}
		c, err := parseColumn(part)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if len(out) > most {
		return nil, badInput("%s names %d keys; at most %d at once", name, len(out), most)
	}
	return out, nil
}

func parseColumn(name string) (column, error) {
	f := query.ParseField(name)
	if f.Name == "" || name == "@" {
		return column{}, badInput("%q is no key of a span; a tag is written @http.method", name)
	}
	return column{name, f}, nil
}

func parseSearch(q string) (query.Expr, error) {
	x, err := query.Parse(q)
	var wrong *query.Error
	if errors.As(err, &wrong) {
		return nil, &problem{status: http.StatusBadRequest, message: wrong.Message, term: wrong.Term}
	}
	return x, err
}

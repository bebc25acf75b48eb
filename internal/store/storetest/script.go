package storetest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

// Epoch is the time 0s of scripts: 2026-01-01 00:00 UTC.
var Epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()

// RunScript runs a script against an empty store. A script is made of blocks,
// a command in the first column and indented lines below it; // begins a comment.
//
//	load
//	  trace=1 id=1 start=0s dur=20ms service=web resource="GET /" error @http.method=GET @n=5
//	list newest limit=2 from=0s to=1h : service:web
//	  2 1                          the span ids expected, in order
//	group service @http.method buckets=2 : status:error
//	  web GET 3 1 | 2 1            keys, spans, errors; then spans of each bucket
//	group service childless="kind:server" : kind:client
//	  web 2 0                      without spans that have a child that matches
//	facets service @n limit=1 : status:error
//	  service web 3 1              field, value, spans, errors
//	keys : service:web
//	  http.method 3                // # behind a name marks a number
//	trace 1
//	  1 2
//
// A tag written @k=v is a metric when v reads as a number, unless it is quoted.
// An absent key is written "" in expectations of group.
func RunScript(t *testing.T, s store.Store, name, text string) {
	t.Helper()
	for _, b := range parseScript(text) {
		where := fmt.Sprintf("%s:%d: %s", name, b.line, b.command)
		verb, rest, _ := strings.Cut(b.command, " ")
		got, err := runBlock(s, verb, rest, b.body)
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		if verb != "load" && !slices.Equal(got, b.body) {
			t.Errorf("%s\n got %q\nwant %q", where, got, b.body)
		}
	}
}

type block struct {
	line    int
	command string
	body    []string
}

func parseScript(text string) []block {
	var out []block
	for i, line := range strings.Split(text, "\n") {
		if at := strings.Index(line, "//"); at >= 0 {
			line = line[:at]
		}
		trimmed := strings.TrimSpace(line)
		if trimmed == "" {
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			b := &out[len(out)-1]
			b.body = append(b.body, strings.Join(words(trimmed), " "))
		} else {
			out = append(out, block{line: i + 1, command: trimmed})
		}
	}
	return out
}

// cutSearch cuts at the first colon outside quotes.
func cutSearch(s string) (opts, search string) {
	isQuoted := false
	for i, r := range s {
		switch {
		case r == '"':
			isQuoted = !isQuoted
		case r == ':' && !isQuoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// words splits at spaces outside quotes.
func words(s string) []string {
	quoted := false
	return strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
}

func runBlock(s store.Store, verb, args string, body []string) ([]string, error) {
	ctx := context.Background()
	switch verb {
	case "load":
		var spans []span.Span
		for _, line := range body {
			sp, err := parseSpan(line)
			if err != nil {
				return nil, err
			}
			spans = append(spans, sp)
		}
		return nil, s.Append(ctx, spans)
	case "trace":
		n, err := strconv.ParseUint(args, 10, 64)
		if err != nil {
			return nil, err
		}
		spans, err := s.Trace(ctx, span.TraceID{Low: n})
		return ids(spans), err
	}
	opts, search := cutSearch(args)
	where, err := query.Parse(search)
	if err != nil {
		return nil, err
	}
	q := question{Range: store.Range{From: math.MinInt64, To: math.MaxInt64, Where: where}}
	for _, w := range words(opts) {
		if err := q.set(w); err != nil {
			return nil, err
		}
	}
	switch verb {
	case "list":
		var spans []span.Span
		for sp, err := range s.List(ctx, store.List{Range: q.Range, Order: q.order, Limit: q.limit, Offset: q.offset}) {
			if err != nil {
				return nil, err
			}
			spans = append(spans, sp)
		}
		return ids(spans), nil
	case "group":
		g, err := s.Group(ctx, store.Group{Range: q.Range, By: q.by, TimeBuckets: q.buckets, Limit: q.limit, WithoutChild: q.withoutChild})
		return groupLines(g), err
	case "facets":
		c, err := s.Facets(ctx, store.Facets{Range: q.Range, Fields: q.by, Limit: q.limit})
		return facetLines(c), err
	case "keys":
		keys, err := s.Keys(ctx, q.Range)
		sortKeys(keys)
		var out []string
		for _, k := range keys {
			mark := ""
			if k.Number {
				mark = "#"
			}
			out = append(out, fmt.Sprintf("%s%s %d", k.Field.Name, mark, k.Spans))
		}
		return out, err
	}
	return nil, fmt.Errorf("unknown command %q", verb)
}

type question struct {
	store.Range
	order                  store.Order
	limit, offset, buckets int
	by                     []query.Field
	withoutChild           query.Expr
}

func (q *question) set(w string) (err error) {
	key, value, _ := strings.Cut(w, "=")
	switch key {
	case "newest":
	case "oldest":
		q.order = store.Oldest
	case "slowest":
		q.order = store.Slowest
	case "failing":
		q.order = store.Failing
	case "limit":
		q.limit, err = strconv.Atoi(value)
	case "offset":
		q.offset, err = strconv.Atoi(value)
	case "childless":
		q.withoutChild, err = query.Parse(strings.Trim(value, `"`))
	case "buckets":
		q.buckets, err = strconv.Atoi(value)
	case "from":
		q.From, err = parseAt(value)
	case "to":
		q.To, err = parseAt(value)
	default:
		q.by = append(q.by, query.ParseField(w))
	}
	return err
}

func parseAt(s string) (int64, error) {
	d, err := time.ParseDuration(s)
	return Epoch + int64(d), err
}

func parseSpan(line string) (span.Span, error) {
	var s span.Span
	s.Start = Epoch
	for _, w := range words(line) {
		key, value, _ := strings.Cut(w, "=")
		var err error
		quoted := strings.HasPrefix(value, `"`)
		value = strings.Trim(value, `"`)
		var d time.Duration
		switch key {
		case "trace":
			s.TraceID.Low, err = strconv.ParseUint(value, 10, 64)
		case "id":
			s.ID, err = strconv.ParseUint(value, 10, 64)
		case "parent":
			s.ParentID, err = strconv.ParseUint(value, 10, 64)
		case "start":
			s.Start, err = parseAt(value)
		case "dur":
			d, err = time.ParseDuration(value)
			s.Duration = int64(d)
		case "service":
			s.Service = value
		case "name":
			s.Name = value
		case "resource":
			s.Resource = value
		case "type":
			s.Type = value
		case "error":
			s.Error = 1
		default:
			tag, ok := strings.CutPrefix(key, "@")
			if !ok {
				return s, fmt.Errorf("unknown word %q", w)
			}
			if n, number := query.ParseNumber(value); number && !quoted {
				s.SetMetric(tag, n)
			} else {
				s.SetTag(tag, value)
			}
		}
		if err != nil {
			return s, fmt.Errorf("%q: %w", w, err)
		}
	}
	return s, nil
}

// ids gives one line of span ids, none for no spans.
func ids(spans []span.Span) []string {
	if len(spans) == 0 {
		return nil
	}
	var out []string
	for _, s := range spans {
		out = append(out, strconv.FormatUint(s.ID, 10))
	}
	return []string{strings.Join(out, " ")}
}

func facetLines(c store.FacetCounts) []string {
	var out []string
	for _, f := range c.Facets {
		for _, v := range f.Values {
			out = append(out, fmt.Sprintf("%s %s %d %d", f.Field.Name, quoted(v.Value), v.Spans, v.Errors))
		}
	}
	return out
}

func quoted(value string) string {
	if value == "" || strings.Contains(value, " ") {
		return `"` + value + `"`
	}
	return value
}

func groupLines(g store.Groups) []string {
	var out []string
	for _, c := range g.Groups {
		var b strings.Builder
		for _, k := range c.Keys {
			b.WriteString(quoted(k) + " ")
		}
		fmt.Fprintf(&b, "%d %d", c.Spans, c.Errors)
		for i, t := range c.Buckets {
			if i == 0 {
				b.WriteString(" |")
			}
			fmt.Fprintf(&b, " %d", t.Spans)
		}
		out = append(out, b.String())
	}
	return out
}

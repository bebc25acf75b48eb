package api

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"
)

func FuzzParams(f *testing.F) {
	f.Add("from=-1h&to=now&env=prod&q=service%3Aweb&sel=1,2,3,4&limit=5")
	f.Add("from=1795226067805.647&to=1795226067806&cols=@a,kind&keys=@b&key=status")
	f.Add("from=-7d&sort=failing&offset=9&rows=3&columns=2&buckets=1&prefix=@")
	f.Add("from=9223372036854&to=1e12")
	s := &server{Config: Config{Now: func() time.Time { return clock }}}
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := s.parse(&http.Request{URL: &url.URL{RawQuery: raw}})
		if err != nil {
			var wrong *problem
			if !errors.As(err, &wrong) || wrong.status != http.StatusBadRequest || wrong.message == "" {
				t.Fatalf("%q: %v is no explanation", raw, err)
			}
			return
		}
		if p.from >= p.to || p.to-p.from > int64(maxRange) {
			t.Fatalf("%q: range %d to %d", raw, p.from, p.to)
		}
		if p.sel != nil && (p.sel.x0 > p.sel.x1 || p.sel.y0 > p.sel.y1) {
			t.Fatalf("%q: selection %+v", raw, p.sel)
		}
		for _, n := range []int{p.buckets, p.columns, p.rows} {
			if n < 1 || n > maxBuckets {
				t.Fatalf("%q: %d buckets", raw, n)
			}
		}
		r := p.searched()
		if r.From > r.To {
			t.Fatalf("%q: searched %d to %d", raw, r.From, r.To)
		}
		p.align(p.buckets)
		if p.from >= p.to {
			t.Fatalf("%q: aligned %d to %d", raw, p.from, p.to)
		}
	})
}

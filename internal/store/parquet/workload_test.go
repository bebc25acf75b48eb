package parquet

import (
	"fmt"
	"math/rand/v2"
	"time"

	"hoofprint/internal/span"
	"hoofprint/internal/store/storetest"
)

// workload makes traces like those of 30 web services: about 650 bytes and ten
// tags a span, a few ids of high cardinality, traces of 4 to 20 spans.
type workload struct {
	r     *rand.Rand
	start int64
	step  int64 // ns between traces
	n     uint64
}

func newWorkload(spans int, over time.Duration) *workload {
	return &workload{r: rand.New(rand.NewPCG(1, 42)), start: storetest.Epoch, step: int64(over) / int64(spans/8+1)}
}

// next appends one trace.
func (w *workload) next(out []span.Span) []span.Span {
	w.n++
	r := w.r
	w.start += w.step/2 + r.Int64N(w.step+1)
	id := span.TraceID{High: uint64(w.start/1e9) << 32, Low: r.Uint64()}
	entry := r.IntN(30)
	status := []string{"200", "200", "200", "200", "201", "304", "404", "500"}[r.IntN(8)]
	route := fmt.Sprintf("/api/v1/%s/{id}", []string{"orders", "users", "items", "carts", "search"}[r.IntN(5)])
	item := r.IntN(100000)
	root := r.Uint64()
	at := w.start
	for i := range 4 + r.IntN(9) {
		service := entry
		if i > 2 {
			service = (entry + i) % 30
		}
		s := span.Span{TraceID: id, ID: r.Uint64(), ParentID: root, Start: at, Duration: int64(r.ExpFloat64() * 8e6)}
		if i == 0 {
			s.ID, s.ParentID, s.Duration = root, 0, int64(r.ExpFloat64()*4e7)
		}
		at += r.Int64N(3e6)
		s.Service = fmt.Sprintf("service-%02d", service)
		s.Tags = []span.Tag{{Key: "env", Value: []string{"prod", "prod", "prod", "staging"}[entry%4]},
			{Key: "version", Value: fmt.Sprintf("1.%d.0", service%5)}, {Key: "runtime-id", Value: fmt.Sprintf("%032x", service*7919+r.IntN(4))},
			{Key: "_dd.p.dm", Value: "-1"}, {Key: "language", Value: "python"}, {Key: "_dd.git.commit.sha", Value: fmt.Sprintf("%040x", service*104729)},
			{Key: "container_id", Value: fmt.Sprintf("%064x", (service*8+r.IntN(4))*15485863)}, {Key: "_dd.hostname", Value: fmt.Sprintf("ip-10-0-%d-%d", service, r.IntN(8))}}
		s.Metrics = []span.Metric{{Key: "process_id", Value: float64(100 + service)}}
		switch i % 3 {
		case 0:
			s.Name, s.Type, s.Resource = "flask.request", "web", "GET "+route
			s.Tags = append(s.Tags, span.Tag{Key: "http.method", Value: "GET"}, span.Tag{Key: "http.status_code", Value: status},
				span.Tag{Key: "http.url", Value: fmt.Sprintf("http://service-%02d.internal:8080/api/v1/orders/%d?page=%d", service, item, r.IntN(20))},
				span.Tag{Key: "http.route", Value: route}, span.Tag{Key: "component", Value: "flask"}, span.Tag{Key: "span.kind", Value: "server"},
				span.Tag{Key: "http.useragent", Value: []string{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36", "python-requests/2.31.0"}[r.IntN(2)]}, span.Tag{Key: "user.id", Value: fmt.Sprintf("%08x", r.IntN(50000)*2654435761%(1<<32))})
			s.Metrics = append(s.Metrics, span.Metric{Key: "_dd.top_level", Value: 1}, span.Metric{Key: "_sampling_priority_v1", Value: 1})
			if status == "500" {
				s.Error = 1
				s.Tags = append(s.Tags, span.Tag{Key: "error.type", Value: "psycopg2.OperationalError"}, span.Tag{Key: "error.message", Value: fmt.Sprintf("connection to server at 10.0.%d.3 failed after %d ms", service, r.IntN(5000))},
					span.Tag{Key: "error.stack", Value: fmt.Sprintf("Traceback (most recent call last):\n  File \"/srv/app/views.py\", line %d, in handler\n    return self.repository.load(item)\n  File \"/srv/app/repository.py\", line 88, in load\n    cursor.execute(statement)\npsycopg2.OperationalError: connection lost", r.IntN(400))})
			}
		case 1:
			s.Name, s.Type, s.Resource = "postgres.query", "sql", fmt.Sprintf("SELECT id, name, price FROM %s WHERE id = ?", []string{"orders", "users", "items"}[r.IntN(3)])
			s.Tags = append(s.Tags, span.Tag{Key: "db.system", Value: "postgresql"}, span.Tag{Key: "db.name", Value: "shop"}, span.Tag{Key: "db.statement", Value: fmt.Sprintf("SELECT id, name, price, created, updated FROM %s WHERE id = ? AND tenant = ? ORDER BY updated DESC LIMIT ?", []string{"orders", "users", "items"}[r.IntN(3)])},
				span.Tag{Key: "peer.service", Value: "orders-database-primary"}, span.Tag{Key: "db.user", Value: "shop_reader"}, span.Tag{Key: "out.host", Value: "db-1.internal"},
				span.Tag{Key: "component", Value: "psycopg"}, span.Tag{Key: "span.kind", Value: "client"})
			s.Metrics = append(s.Metrics, span.Metric{Key: "db.row_count", Value: float64(r.IntN(200))})
		default:
			s.Name, s.Type, s.Resource = "requests.request", "http", "GET "+route
			s.Tags = append(s.Tags, span.Tag{Key: "http.method", Value: "GET"}, span.Tag{Key: "http.status_code", Value: status},
				span.Tag{Key: "http.url", Value: fmt.Sprintf("http://service-%02d.internal:8080/api/v1/items/%d", (service+1)%30, item)},
				span.Tag{Key: "out.host", Value: fmt.Sprintf("service-%02d.internal", (service+1)%30)}, span.Tag{Key: "component", Value: "requests"}, span.Tag{Key: "span.kind", Value: "client"},
				span.Tag{Key: "request.id", Value: fmt.Sprintf("%016x", r.Uint64())})
		}
		out = append(out, s)
	}
	return out
}

// batch makes about n spans in whole traces.
func (w *workload) batch(n int) []span.Span {
	out := make([]span.Span, 0, n+16)
	for len(out) < n {
		out = w.next(out)
	}
	return out
}

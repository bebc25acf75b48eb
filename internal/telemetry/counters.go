package telemetry

import (
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hoofprint/internal/span"
)

const maxSeries = 1000

// counters are the counts of one process since the last message, in intervals.
type counters struct {
	interval time.Duration

	mu     sync.Mutex
	series map[string]*counter

	finished map[string]*atomic.Int64 // by integration; only the goroutine of the ring adds to it
	last     string                   // the integration of the span before, nearly always that of the next
	lastSeen *atomic.Int64
}

type counter struct {
	name   string
	tags   []string
	points map[int64]float64 // by start of the interval, Unix s
}

func newCounters(interval time.Duration) *counters {
	return &counters{interval: interval, series: map[string]*counter{}, finished: map[string]*atomic.Int64{}}
}

// span counts a finished span. Called for each one.
func (c *counters) span(s *span.Span) {
	name := "datadog"
	for i := range s.Tags {
		if s.Tags[i].Key == "component" {
			name = s.Tags[i].Value
			break
		}
	}
	if c.lastSeen != nil && name == c.last {
		c.lastSeen.Add(1)
		return
	}
	c.mu.Lock()
	n := c.finished[name]
	if n == nil {
		if len(c.finished) >= maxSeries {
			c.mu.Unlock()
			return
		}
		n = &atomic.Int64{}
		c.finished[strings.Clone(name)] = n
	}
	c.mu.Unlock()
	n.Add(1)
	c.last, c.lastSeen = strings.Clone(name), n
}

// add counts something else.
func (c *counters) add(now time.Time, name string, tags []string, value float64) {
	if value <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.addLocked(now, name, tags, value)
}

func (c *counters) addLocked(now time.Time, name string, tags []string, value float64) {
	key := name + "\x00" + strings.Join(tags, "\x00")
	one := c.series[key]
	if one == nil {
		if len(c.series) >= maxSeries {
			return
		}
		one = &counter{name: name, tags: slices.Clone(tags), points: map[int64]float64{}}
		c.series[key] = one
	}
	one.points[now.Truncate(c.interval).Unix()] += value
}

// roll moves what the spans have counted into the interval of now.
func (c *counters) roll(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := int64(0)
	for name, n := range c.finished {
		if value := n.Swap(0); value > 0 {
			all += value
			c.addLocked(now, "spans_finished", []string{"integration_name:" + name}, float64(value))
		}
	}
	if all > 0 {
		c.addLocked(now, "spans_created", []string{"integration_name:datadog"}, float64(all))
	}
}

// take gives what was counted and begins anew.
func (c *counters) take() []series {
	c.mu.Lock()
	taken := c.series
	c.series = map[string]*counter{}
	c.mu.Unlock()
	out := make([]series, 0, len(taken))
	for _, one := range taken {
		s := series{
			Namespace: "tracers", Metric: one.name, Tags: one.tags, Common: true, Type: "count",
			Interval: max(1, int(c.interval/time.Second)),
		}
		if s.Tags == nil {
			s.Tags = []string{}
		}
		for at, value := range one.points {
			s.Points = append(s.Points, [2]float64{float64(at), value})
		}
		sort.Slice(s.Points, func(i, j int) bool { return s.Points[i][0] < s.Points[j][0] })
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := &out[i], &out[j]
		if a.Metric != b.Metric {
			return a.Metric < b.Metric
		}
		return strings.Join(a.Tags, ",") < strings.Join(b.Tags, ",")
	})
	return out
}

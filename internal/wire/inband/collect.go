package inband

import "hoofprint/internal/span"

// scanLimit is up to which size a list is searched for duplicate keys by looking
// at every element; beyond it a map keeps untrusted input from costing n².
const scanLimit = 24

// Tags collects the tags of one span, or the attributes of one link, keeping the
// last value of each key.
type Tags struct {
	list []span.Tag
	seen map[string]int
}

// Add adds a tag.
func (t *Tags) Add(key, value string) {
	if i := t.find(key); i >= 0 {
		t.list[i].Value = value
		return
	}
	t.list = append(t.list, span.Tag{Key: key, Value: value})
}

func (t *Tags) find(key string) int {
	if len(t.list) < scanLimit {
		for i := range t.list {
			if t.list[i].Key == key {
				return i
			}
		}
		return -1
	}
	if t.seen == nil {
		t.seen = make(map[string]int, 2*len(t.list))
		for i := range t.list {
			t.seen[t.list[i].Key] = i
		}
	}
	if i, ok := t.seen[key]; ok {
		return i
	}
	t.seen[key] = len(t.list)
	return -1
}

// List is what was collected.
func (t *Tags) List() []span.Tag { return t.list }

// Metrics collects the metrics of one span, keeping the last value of each key.
type Metrics struct {
	list []span.Metric
	seen map[string]int
}

// Add adds a metric.
func (m *Metrics) Add(key string, value float64) {
	if i := m.find(key); i >= 0 {
		m.list[i].Value = value
		return
	}
	m.list = append(m.list, span.Metric{Key: key, Value: value})
}

func (m *Metrics) find(key string) int {
	if len(m.list) < scanLimit {
		for i := range m.list {
			if m.list[i].Key == key {
				return i
			}
		}
		return -1
	}
	if m.seen == nil {
		m.seen = make(map[string]int, 2*len(m.list))
		for i := range m.list {
			m.seen[m.list[i].Key] = i
		}
	}
	if i, ok := m.seen[key]; ok {
		return i
	}
	m.seen[key] = len(m.list)
	return -1
}

// List is what was collected.
func (m *Metrics) List() []span.Metric { return m.list }

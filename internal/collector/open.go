package collector

import (
	"hoofprint/internal/ring"
	"hoofprint/internal/span"
)

// OpenSpan is a span that runs at this moment in a traced process.
type OpenSpan struct {
	TraceID   span.TraceID
	SpanID    uint64
	ParentID  uint64
	LocalRoot uint64
	Start     int64 // Unix ns
	Name      string
	Service   string
	Resource  string // the name where it is not known yet
	ThreadID  uint32
	PID       int
	Env       string
	Version   string
}

// Open lists the spans that are running, in no particular order. A process with
// more than 4,096 of them shows only so many.
func (c *Collector) Open() []OpenSpan {
	var out []OpenSpan
	var slots []ring.Slot
	c.eachRing(func(t *tracked) {
		var err error
		if slots, err = t.reader.Slots(slots[:0]); err != nil {
			return // the ring's own goroutine reports it
		}
		for i := range slots {
			s := &slots[i]
			o := OpenSpan{
				TraceID: s.TraceID, SpanID: s.SpanID, ParentID: s.ParentID, LocalRoot: s.LocalRoot, Start: s.Start,
				Name: s.Name, Service: s.Service, Resource: s.Resource, ThreadID: s.ThreadID,
				PID: t.reader.PID(), Env: t.desc.Env, Version: t.desc.Version,
			}
			if o.Service == "" {
				o.Service = t.desc.Service
			}
			if o.Resource == "" {
				o.Resource = o.Name
			}
			out = append(out, o)
		}
	})
	return out
}

// openServices gives the services of the ring's open spans by span id.
func (t *tracked) openServices() map[uint64]string {
	slots, err := t.reader.Slots(nil)
	if err != nil {
		return nil
	}
	services := make(map[uint64]string, len(slots))
	for i := range slots {
		s := &slots[i]
		services[s.SpanID] = s.Service
		if s.Service == "" {
			services[s.SpanID] = t.desc.Service
		}
	}
	return services
}

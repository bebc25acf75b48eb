//go:build !slim

package main

import (
	"cmp"
	"slices"

	"hoofprint/internal/api"
	"hoofprint/internal/collector"
	"hoofprint/internal/intake"
	"hoofprint/internal/pipeline"
)

// intakeStatus gathers what the parts know about who sends.
type intakeStatus struct {
	intake    *intake.Intake // nil when nothing is taken in over the network
	pipeline  *pipeline.Pipeline
	collector *collector.Collector
	ring      api.RingClients
}

func (s *intakeStatus) get() api.Intake {
	rings := s.collector.Stats()
	out := api.Intake{
		Dropped: s.pipeline.Snapshot().DroppedSpans + int64(rings.Dropped),
		Asked:   rings.Hellos,
		Clients: s.ring.List(),
	}
	if s.intake == nil {
		return out
	}
	in := s.intake.Snapshot()
	out.Addresses = s.intake.Addresses()
	out.Refused = in.Refused + in.Overloaded + in.Failed
	out.Asked += in.Asked
	for _, c := range in.Clients {
		out.Clients = append(out.Clients, api.Client{
			Service: c.Service, Lang: c.Lang, LangVersion: c.LangVersion, TracerVersion: c.TracerVersion,
			PID: c.PID, Via: "http", LastSeen: c.LastSeen.UnixNano(),
		})
	}
	slices.SortStableFunc(out.Clients, func(a, b api.Client) int { return cmp.Compare(b.LastSeen, a.LastSeen) })
	return out
}

package main

import (
	"hoofprint/internal/api"
	"hoofprint/internal/intake"
	"hoofprint/internal/pipeline"
)

// intakeStatus gathers what the parts know about who sends.
type intakeStatus struct {
	intake   *intake.Intake // nil when nothing is taken in over the network
	pipeline *pipeline.Pipeline
}

func (s *intakeStatus) get() api.Intake {
	out := api.Intake{Dropped: s.pipeline.Snapshot().DroppedSpans}
	if s.intake == nil {
		return out
	}
	in := s.intake.Snapshot()
	out.Addresses = s.intake.Addresses()
	out.Refused = in.Refused + in.Overloaded + in.Failed
	out.Asked = in.Asked
	for _, c := range in.Clients {
		out.Clients = append(out.Clients, api.Client{
			Service: c.Service, Lang: c.Lang, LangVersion: c.LangVersion, TracerVersion: c.TracerVersion,
			PID: c.PID, Via: "http", LastSeen: c.LastSeen.UnixNano(),
		})
	}
	return out
}

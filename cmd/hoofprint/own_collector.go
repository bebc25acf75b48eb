//go:build !slim

package main

import (
	"context"
	"log/slog"
	"time"

	"hoofprint/internal/api"
	"hoofprint/internal/collector"
	"hoofprint/internal/pipeline"
	"hoofprint/internal/span"
	"hoofprint/internal/uses"
)

// ownAgent stands for this server where a traced process names no agent and the
// intake has no address.
const ownAgent = "hoofprint:own"

// newCollector makes the collector of this host that runs within serve. Spans
// meant for this server go straight into the pipeline, others to their agent.
func newCollector(sink pipelineSink, addresses []string, own func(uses.Report) error, log *slog.Logger) *collector.Collector {
	agent := ownAgent
	if len(addresses) > 0 {
		agent = addresses[0]
	}
	return collector.New(collector.Config{
		AgentURL: agent,
		Route: func(agentURL string) collector.Sink {
			if agentURL == agent || isOwnAddress(agentURL, addresses) {
				return sink
			}
			return nil
		},
		Follow:   followers(collector.DefaultSpoolDir(), own, log),
		TakeOver: true,
		Log:      log,
	})
}

// pipelineSink delivers to this server. An error, as of a full disk, makes the
// collector keep the payload and come again.
type pipelineSink struct {
	line     *pipeline.Pipeline
	clients  *api.RingClients
	hostname string // of this host, where the rings are
}

func (s pipelineSink) Deliver(ctx context.Context, p span.Payload) error {
	if p.Client.Hostname == "" {
		p.Client.Hostname = s.hostname
	}
	p.MayRepeat = collector.MayRepeat(ctx)
	s.clients.Saw(p, time.Now()) // before the pipeline changes it
	return s.line.Process(ctx, p)
}

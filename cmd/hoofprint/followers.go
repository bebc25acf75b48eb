package main

import (
	"log/slog"

	"hoofprint/internal/agentinfo"
	"hoofprint/internal/collector"
	"hoofprint/internal/remote"
	"hoofprint/internal/runtimemetrics"
	"hoofprint/internal/telemetry"
)

// followers lists what goes along with each traced process, in serve and in
// collect alike.
func followers(log *slog.Logger) []func(collector.Process) collector.Follower {
	var agents agentinfo.Cache
	return []func(collector.Process) collector.Follower{
		telemetry.New(&agents, log).Follow,
		remote.New(&agents, log).Follow,
		runtimemetrics.New(log).Follow,
	}
}

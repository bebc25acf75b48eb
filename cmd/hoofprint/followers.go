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
	reporter := telemetry.New(&agents, log)
	return []func(collector.Process) collector.Follower{
		reporter.Follow,
		remote.New(&agents, log, reporter.Remote).Follow,
		runtimemetrics.New(log).Follow,
	}
}

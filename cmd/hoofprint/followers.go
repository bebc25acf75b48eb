package main

import (
	"log/slog"

	"hoofprint/internal/agentinfo"
	"hoofprint/internal/collector"
	"hoofprint/internal/remote"
	"hoofprint/internal/runtimemetrics"
	"hoofprint/internal/telemetry"
	"hoofprint/internal/uses"
	"hoofprint/internal/uses/tell"
)

// followers lists what goes along with each traced process, in serve and in
// collect alike. What of it is kept on this host is in dir; own takes uses of
// processes whose agent is this program itself without an address.
func followers(dir string, own func(uses.Report) error, log *slog.Logger) []func(collector.Process) collector.Follower {
	var agents agentinfo.Cache
	return []func(collector.Process) collector.Follower{
		telemetry.New(&agents, log).Follow,
		remote.New(&agents, log).Follow,
		runtimemetrics.New(log).Follow,
		tell.New(tell.Config{Info: &agents, Dir: dir, Own: own, Log: log}).Follow,
	}
}

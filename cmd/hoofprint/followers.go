package main

import (
	"log/slog"

	"hoofprint/internal/collector"
)

// followers lists what goes along with each traced process, in serve and in
// collect alike.
func followers(_ *slog.Logger) []func(collector.Process) collector.Follower {
	return nil
}

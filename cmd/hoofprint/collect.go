package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"hoofprint/internal/collector"
)

// collectCommand runs the collector of this host. It returns 0 as well when
// another collector is there already.
func collectCommand(args []string) int {
	fs := flag.NewFlagSet("hoofprint collect", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	runDir := fs.String("run-dir", collector.DefaultRunDir(), "`directory` in which traced processes put their spans")
	spoolDir := fs.String("spool-dir", collector.DefaultSpoolDir(), "`directory` in which spans wait while the agent is away")
	spoolBytes := fs.Int64("spool-bytes", 0, "how many `bytes` may wait there; the oldest go first (default 512 MiB)")
	daemon := fs.Bool("daemon", false, "go on in the background and return when the collector answers")
	background := fs.String("background", "", internalFlag+"held or waiting, as --daemon found the lock")
	idleExit := fs.Duration("idle-exit", 0, "end when no traced process lived for such a `time`, as 5m; 0 never (default 1m with --daemon)")
	err := fs.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		printHelp(os.Stdout, "collect", "Brings spans from the traced processes of this user to their agent.", fs, nil)
		return 0
	}
	if err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("%q is no flag", fs.Arg(0))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "hoofprint collect:", wrongFlags("collect", err))
		return 2
	}
	for _, dir := range []*string{runDir, spoolDir} {
		if path, err := filepath.Abs(*dir); err == nil {
			*dir = path
		}
	}
	if *daemon {
		if err := startCollector(*runDir, *spoolDir, *spoolBytes, *idleExit); err != nil {
			fmt.Fprintln(os.Stderr, "hoofprint collect:", err)
			return 1
		}
		return 0
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	cfg := collector.Config{
		RunDirs: []string{*runDir}, SpoolDir: *spoolDir, SpoolBytes: *spoolBytes,
		IdleExit: *idleExit, MayYield: true,
		Follow: followers(*spoolDir, nil, log), Log: log,
	}
	// Spans live for a second or two: with a small heap the collector would spend
	// a third of its time on garbage. The limit holds where an agent is away and
	// spans pile up in memory on their way to disk.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(192 << 20)
	switch *background {
	case "held":
		cfg.Lock, cfg.Ready = collector.InheritDaemon()
	case "waiting":
		cfg.Patience = daemonPatience
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := collector.New(cfg).Run(ctx); {
	case err == nil, errors.Is(err, collector.ErrHeld):
		return 0
	default:
		fmt.Fprintln(os.Stderr, "hoofprint collect:", err)
		return 1
	}
}

// daemonPatience outlasts a collector that delivers at its end what it has.
const daemonPatience = 10 * time.Second

// startCollector makes sure that a collector runs in the background; idleExit 0
// means a minute.
func startCollector(runDir, spoolDir string, spoolBytes int64, idleExit time.Duration) error {
	if idleExit == 0 {
		idleExit = time.Minute
	}
	args := func(background string) []string {
		return []string{
			"collect", "--background=" + background, "--run-dir=" + runDir, "--spool-dir=" + spoolDir,
			fmt.Sprintf("--spool-bytes=%d", spoolBytes), "--idle-exit=" + idleExit.String(),
		}
	}
	return collector.Daemonise(runDir, args("held"), args("waiting"))
}

// leaveCollector is for a serve that ends: programs that are still traced keep a
// collector, which holds their spans until an agent is there again.
func leaveCollector() error {
	dir := collector.DefaultRunDir()
	rings, err := filepath.Glob(filepath.Join(dir, "*.ring"))
	if err != nil || len(rings) == 0 {
		return err
	}
	return startCollector(dir, collector.DefaultSpoolDir(), 0, 0)
}

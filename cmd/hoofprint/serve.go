//go:build !slim

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"hoofprint/internal/api"
	"hoofprint/internal/identity"
	"hoofprint/internal/intake"
	"hoofprint/internal/pipeline"
	"hoofprint/internal/store/parquet"
	"hoofprint/internal/uses"
	"hoofprint/ui"
)

// serveCommand is `hoofprint serve`.
func serveCommand(args []string) int {
	o, err := parseServeOptions(args, os.LookupEnv, os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(os.Stderr, "hoofprint serve:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once
	if err := serve(ctx, o, os.Stdout, slog.New(slog.NewTextHandler(os.Stderr, nil)), leaveCollector); err != nil {
		fmt.Fprintln(os.Stderr, "hoofprint serve:", err)
		return 1
	}
	return 0
}

// serve runs until ctx ends or a part fails, then stops the parts in reverse. leave
// is called when it no longer collects, to see to programs that are still traced.
func serve(ctx context.Context, o serveOptions, out io.Writer, log *slog.Logger, leave func() error) (err error) {
	parts := &parts{failed: make(chan error, 1)}
	defer func() { err = errors.Join(err, parts.stop(log)) }()

	// The store's lock keeps a second serve from the whole data directory.
	spans, err := parquet.Open(filepath.Join(o.data, "spans"), parquet.Options{
		Retention: o.retention, MaxBytes: o.maxBytes, MinFreeBytes: minFreeBytes, Logger: log,
	})
	if err != nil {
		return err
	}
	parts.add("store", func(context.Context) error { return spans.Close() })
	registry, err := identity.Open(filepath.Join(o.data, "services.json"), log)
	if err != nil {
		return err
	}
	if err := registry.CatchUp(ctx, spans); err != nil {
		return err
	}
	parts.add("service registry", func(context.Context) error { return registry.Close() })
	inUse, err := uses.Open(filepath.Join(o.data, "uses.log"), uses.Options{Retention: o.retention, Sync: true, Log: log})
	if err != nil {
		return err
	}
	parts.add("uses of removed names", func(context.Context) error { return inUse.Close() })
	activity := api.NewActivity(nil)
	watched := identity.Watch(spans, registry.Observe, activity.Observe)
	line := pipeline.New(watched.Append)
	line.DropStored(spans.Stored)

	status := &intakeStatus{pipeline: line}
	var where atomic.Pointer[net.TCPAddr] // of the page, once it listens
	var addresses []string
	hostname, err := os.Hostname()
	if err != nil {
		log.Warn("spans of this host carry no host name", "error", err)
	}
	if o.listen != "" || o.socket != "" {
		intakeConfig := intake.Config{
			Handler: line.Process, Address: o.listen, Socket: o.socket, Version: version, Hostname: hostname, Log: log,
			Uses: inUse.Take, Page: func(host string) string { return pageFor(where.Load(), host) },
		}
		if status.intake, err = openIntake(intakeConfig); err != nil {
			return err
		}
		addresses = status.intake.Addresses()
		parts.run("intake", status.intake.Run)
	}
	parts.add("handing over of rings", func(context.Context) error { return leave() })
	status.collector = newCollector(pipelineSink{line, &status.ring, hostname}, addresses, inUse.Take, log)
	parts.run("collector", func(ctx context.Context) error {
		if err := status.collector.Run(ctx); err != nil && ctx.Err() == nil {
			// What comes over the network is still worth serving.
			log.Error("spans in the shared memory of this host are not collected", "error", err)
		}
		<-ctx.Done()
		return nil
	})
	page, err := listenTCP(o.ui, "--ui", "the web page")
	if err != nil {
		return err
	}
	if address, ok := page.Addr().(*net.TCPAddr); ok {
		where.Store(address)
	}
	parts.serveHTTP(page, api.New(api.Config{
		Store: watched, Registry: registry, Activity: activity, Uses: inUse, Intake: status.get,
		UI: ui.Dist(), Version: version, Loopback: isLoopback(page.Addr()), Log: log,
	}), log)

	if !isLoopback(page.Addr()) {
		log.Warn("the web page has no login: everybody who reaches its address sees the traces", "address", page.Addr().String())
	}
	fmt.Fprintf(out, "Hoofprint shows your services at %s\n", pageURL(page.Addr()))
	select {
	case <-ctx.Done():
		return nil
	case err := <-parts.failed:
		return err
	}
}

func openIntake(c intake.Config) (*intake.Intake, error) {
	in, err := intake.New(c)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%w; stop the other agent, or choose another address with --listen and give it to your programs as DD_TRACE_AGENT_URL", err)
	}
	return in, err
}

// minFreeBytes is what the store leaves free on its disk for everybody else.
const minFreeBytes = 500e6

// stopDeadline bounds the stop of all parts together: supervisors kill after
// ten seconds.
const stopDeadline = 8 * time.Second

// parts are what runs; they stop in the reverse order of their start.
type parts struct {
	list   []part
	failed chan error // the first part that ended by itself
}

type part struct {
	name string
	stop func(context.Context) error
}

func (p *parts) add(name string, stop func(context.Context) error) {
	p.list = append(p.list, part{name, stop})
}

// run starts a part that works until its context ends.
func (p *parts) run(name string, work func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		err := work(ctx)
		if ctx.Err() == nil {
			p.fail(fmt.Errorf("the %s ended by itself: %w", name, err))
		}
		ended <- err
	}()
	p.add(name, func(deadline context.Context) error {
		cancel()
		select {
		case err := <-ended:
			if errors.Is(err, context.Canceled) {
				return nil
			}
			return err
		case <-deadline.Done():
			return deadline.Err()
		}
	})
}

func (p *parts) serveHTTP(l net.Listener, handler http.Handler, log *slog.Logger) {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			p.fail(fmt.Errorf("serve the web page: %w", err))
		}
	}()
	p.add("web page", func(deadline context.Context) error {
		short, cancel := context.WithTimeout(deadline, time.Second)
		defer cancel()
		if server.Shutdown(short) != nil {
			return server.Close() // a reader's long question does not hold the stop
		}
		return nil
	})
}

func (p *parts) fail(err error) {
	select {
	case p.failed <- err:
	default:
	}
}

// stop ends all parts. One that fails to end does not keep the others.
func (p *parts) stop(log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopDeadline)
	defer cancel()
	var failed error
	for _, part := range slices.Backward(p.list) {
		if err := part.stop(ctx); err != nil {
			failed = errors.Join(failed, fmt.Errorf("stop the %s: %w", part.name, err))
		}
		log.Debug("stopped", "part", part.name)
	}
	return failed
}

package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"hoofprint/internal/collector"
	"hoofprint/internal/launcher"
	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/runtime"
	"hoofprint/internal/uses"
)

// runtimeOptions are the flags of `hoofprint migrate --runtime`.
type runtimeOptions struct {
	agent, service, env string
	days                int
	spool               string
}

func (o *runtimeOptions) register(flags *flag.FlagSet) {
	flags.StringVar(&o.agent, "agent", "", "with --runtime: `address` of the agent, or of its web page, that is asked (default as traced programs: DD_TRACE_AGENT_URL, ...; else the file of this host)")
	flags.StringVar(&o.service, "service", "", "with --runtime: only this `service`")
	flags.StringVar(&o.env, "env", "", "with --runtime: only this `environment`")
	flags.IntVar(&o.days, "days", uses.DefaultDays, "with --runtime: what was used in so many `days`")
	flags.StringVar(&o.spool, "spool-dir", "", "with --runtime: `directory` in which the collector of this host keeps its file (default as hoofprint collect)")
}

// runtimeUses tells what programs really use, as "text" or "json", joined with the
// findings of a scan, if scanned. It returns the exit status: 1 where something
// that v4 breaks is in use, 2 where that is not known.
func runtimeUses(o runtimeOptions, format string, findings []finding.Finding, scanned bool, out, errs io.Writer) int {
	failed := func(err error) int {
		fmt.Fprintln(errs, "hoofprint migrate --runtime:", err)
		return 2
	}
	if format != "" && format != "text" && format != "json" {
		return failed(fmt.Errorf("--format %s is not for --runtime; use text or json", format))
	}
	if o.days < 1 || o.days > 365 {
		return failed(fmt.Errorf("--days %d must be from 1 to 365", o.days))
	}
	address := o.agent
	if address == "" {
		address = launcher.AgentURL(os.LookupEnv)
	}
	if o.spool == "" {
		o.spool = collector.DefaultSpoolDir()
	}
	seen, err := runtime.Read(context.Background(), runtime.Options{
		Agent: address, Named: o.agent != "", Dir: o.spool,
		Filter: uses.Filter{Service: o.service, Env: o.env, Days: o.days},
	})
	if err != nil {
		return failed(err)
	}
	report := runtime.Join(seen, findings, scanned)
	if format == "json" {
		err = report.JSON(out)
	} else {
		err = report.Text(out, time.Now())
	}
	if err != nil {
		return failed(fmt.Errorf("write the report: %w", err))
	}
	if !report.Watched() {
		return failed(fmt.Errorf("no process ran with DD_V3_BRIDGE=true in the last %d days%s", o.days, of(o)))
	}
	return report.Status()
}

func of(o runtimeOptions) string {
	switch {
	case o.service != "" && o.env != "":
		return " as service " + o.service + " in " + o.env
	case o.service != "":
		return " as service " + o.service
	case o.env != "":
		return " in " + o.env
	}
	return ""
}

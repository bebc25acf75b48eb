package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"hoofprint/internal/migrate"
	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/report"
	"hoofprint/internal/migrate/rewrite"
	"hoofprint/internal/migrate/walk"
)

// migrateCommand is `hoofprint migrate`: what ddtrace 4 breaks in a code base.
func migrateCommand(args []string) int {
	o, err := parseMigrateOptions(args, os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	endWhenTold(o.write)
	debug.SetGCPercent(400) // a scan keeps what it reads, and ends soon
	status := 2
	switch {
	case err != nil:
	case o.list:
		return listRules(os.Stdout)
	case o.explain != "":
		status, err = explainRule(os.Stdout, o.explain)
	case o.uses:
		status, err = runRuntime(ctx, o, os.Stdin, os.Stdout, os.Stderr)
	default:
		status, err = runMigrate(ctx, o, os.Stdin, os.Stdout, os.Stderr)
	}
	if ctx.Err() != nil {
		return 130
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "hoofprint migrate:", err)
		return 2
	}
	return status
}

// endWhenTold ends the program at a signal whatever it does just then. A file that is being written
// is written first.
func endWhenTold(writes bool) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-told
		if writes {
			time.Sleep(time.Second)
		}
		os.Exit(130)
	}()
}

// runMigrate scans, mends if asked, and reports.
func runMigrate(ctx context.Context, o migrateOptions, stdin io.Reader, stdout, stderr *os.File) (int, error) {
	if err := o.prepare(stdin); err != nil {
		return 2, err
	}
	o.scan.Version = version
	done := showProgress(&o, stderr)
	var r *report.Report
	var changes []migrate.Change
	var err error
	if o.write || o.diff {
		r, changes, err = migrate.Mend(ctx, o.scan, o.mend)
	} else {
		r, err = migrate.Scan(ctx, o.scan)
	}
	done()
	if err != nil {
		return 2, err
	}
	if !o.unused {
		r.UnusedIgnores = nil
	}
	if o.diff {
		if err := writeDiffs(o, r, changes, stdout); err != nil {
			return 2, err
		}
		return o.status(r), nil
	}
	failed := false
	if o.write {
		for _, c := range changes {
			if ctx.Err() != nil {
				break
			}
			if err := c.Write(); err != nil {
				failed = true
				r.Errors = append(r.Errors, report.Problem{Path: c.Path, Message: err.Error()})
			}
		}
	}
	if err := writeReport(o, r, stdout); err != nil {
		return 2, err
	}
	if failed {
		return 2, nil
	}
	return o.status(r), nil
}

// runRuntime tells what programs really used, with what a scan finds of it if paths are given.
func runRuntime(ctx context.Context, o migrateOptions, stdin io.Reader, stdout, stderr *os.File) (int, error) {
	var findings []finding.Finding
	if o.scanned {
		if err := o.prepare(stdin); err != nil {
			return 2, err
		}
		done := showProgress(&o, stderr)
		r, err := migrate.Scan(ctx, o.scan)
		done()
		if err != nil {
			return 2, err
		}
		findings = r.Findings
	}
	out, err := o.open(stdout)
	if err != nil {
		return 2, err
	}
	defer out.Close()
	return runtimeUses(o.runtime, o.format, findings, o.scanned, out, stderr), nil
}

// open is where the report goes. Closing it leaves the standard output open.
func (o *migrateOptions) open(stdout *os.File) (io.WriteCloser, error) {
	if o.output == "" {
		return kept{stdout}, nil
	}
	f, err := os.Create(o.output)
	if err != nil {
		return nil, fmt.Errorf("writing the report: %w", err)
	}
	return f, nil
}

type kept struct{ io.Writer }

func (kept) Close() error { return nil }

// status is how the command ends, by what was found.
func (o *migrateOptions) status(r *report.Report) int {
	switch {
	case o.failOn == "certain" && r.Certain() > 0,
		o.failOn == "likely" && len(r.Findings)+len(r.Unparsed) > 0:
		return 1
	case r.Summary.Files == 0 && len(r.Errors) > 0: // nothing could be read at all
		return 2
	}
	return 0
}

func writeReport(o migrateOptions, r *report.Report, stdout *os.File) error {
	out, err := o.open(stdout)
	if err != nil {
		return err
	}
	switch o.format {
	case "json":
		err = report.JSON(out, r)
	case "sarif":
		err = report.SARIF(out, r)
	case "github":
		err = report.GitHub(out, r)
	case "html":
		err = report.HTML(out, r)
	default:
		err = report.Text(out, r, o.output == "" && isTerminal(stdout) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb")
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// writeDiffs prints what would change.
func writeDiffs(o migrateOptions, r *report.Report, changes []migrate.Change, stdout *os.File) error {
	out, err := o.open(stdout)
	if err != nil {
		return err
	}
	defer out.Close()
	for _, c := range changes {
		if _, err := io.WriteString(out, rewrite.Diff(diffPath(r, c.Path), c.Before, c.After)); err != nil {
			return fmt.Errorf("writing the diff: %w", err)
		}
	}
	return nil
}

// diffPath is a path as git apply and patch -p1 take it where they are likely called: from the
// current folder; from the top of the git work tree that the current folder is not in; else from
// the scanned folder.
func diffPath(r *report.Report, path string) string {
	top := walk.WorkTree(r.Root)
	shown := r.Display(path)
	if below := !filepath.IsAbs(shown); below && (top == "" || walk.WorkTree(r.Folder) == top) {
		return filepath.ToSlash(shown)
	}
	if top == "" {
		return path
	}
	relative, err := filepath.Rel(top, filepath.Join(r.Root, path))
	if err != nil {
		return path
	}
	return filepath.ToSlash(relative)
}

// showProgress counts files on a terminal if the scan takes long; the function it returns ends that.
func showProgress(o *migrateOptions, to *os.File) func() {
	if o.quiet || !isTerminal(to) {
		return func() {}
	}
	var files atomic.Int64
	o.scan.Progress = &files
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		shown := false
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				shown = true
				fmt.Fprintf(to, "\r\x1b[Kscanning: %d files", files.Load())
			case <-stop:
				if shown {
					fmt.Fprint(to, "\r\x1b[K")
				}
				return
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

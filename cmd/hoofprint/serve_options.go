//go:build !slim

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"hoofprint/internal/collector"
)

// serveOptions are the flags of `hoofprint serve`. Each can be given as an
// environment variable too: HOOFPRINT_ and the flag's name, as HOOFPRINT_MAX_BYTES.
type serveOptions struct {
	listen    string // TCP address of the intake; "" for none
	socket    string // path of the intake's unix socket; "" for none
	ui        string // TCP address of UI and API
	data      string
	retention time.Duration // 0 for none
	maxBytes  int64         // 0 for none
}

// parseServeOptions reads the command line and, for flags that are not on it,
// the environment. It returns flag.ErrHelp when help was asked for and printed.
func parseServeOptions(args []string, lookup func(string) (string, bool), out io.Writer) (serveOptions, error) {
	var o serveOptions
	env := func(name string) string { v, _ := lookup(name); return v }
	flags := flag.NewFlagSet("hoofprint serve", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8126", "`address` on which spans are taken in, as by a Datadog Agent; off for none")
	flags.StringVar(&o.socket, "socket", filepath.Join(collector.DefaultRunDir(), "apm.socket"), "`path` of a unix socket for the same; off for none")
	flags.StringVar(&o.ui, "ui", "127.0.0.1:8127", "`address` of the web page and the JSON API")
	flags.StringVar(&o.data, "data", dataDirectory(env), "`directory` in which spans are stored")
	flags.Func("retention", "how long spans are kept, as a `time` like 36h or 14d; 0 for ever (default 14d)", func(s string) (err error) {
		o.retention, err = parseRetention(s)
		return err
	})
	flags.Func("max-bytes", "how much of the disk spans may take, as a `size` like 500MB or 20GB; the oldest go first; 0 for no bound (default 20GB)", func(s string) (err error) {
		o.maxBytes, err = parseBytes(s)
		return err
	})
	o.retention, o.maxBytes = 14*24*time.Hour, 20e9
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			printHelp(out, "serve", "Takes in spans, stores them, and shows them in a web page.", flags, variable)
			return o, err
		}
		return o, wrongFlags("serve", err)
	}
	if flags.NArg() > 0 {
		return o, wrongFlags("serve", fmt.Errorf("%q is no flag", flags.Arg(0)))
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var problem error
	flags.VisitAll(func(f *flag.Flag) {
		if value, set := lookup(variable(f.Name)); set && !given[f.Name] && problem == nil {
			if err := flags.Set(f.Name, value); err != nil {
				problem = fmt.Errorf("%s=%s: %w", variable(f.Name), value, err)
			}
		}
	})
	if problem != nil {
		return o, problem
	}
	if o.listen == "off" {
		o.listen = ""
	}
	if o.socket == "off" {
		o.socket = ""
	}
	if o.data == "" {
		return o, errors.New("neither $HOME nor $XDG_DATA_HOME says where spans should be stored; give --data DIRECTORY")
	}
	return o, nil
}

func variable(flagName string) string {
	return "HOOFPRINT_" + strings.ToUpper(strings.ReplaceAll(flagName, "-", "_"))
}

// dataDirectory is where a user's data belongs; "" when the environment does not say.
func dataDirectory(env func(string) string) string {
	if dir := env("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "hoofprint")
	}
	if home := env("HOME"); home != "" {
		return filepath.Join(home, ".local", "share", "hoofprint")
	}
	return ""
}

// parseRetention reads Go durations and whole days.
func parseRetention(s string) (time.Duration, error) {
	bad := fmt.Errorf("%q is no time to keep spans; write 36h or 14d, or 0 to keep them for ever", s)
	if days, found := strings.CutSuffix(s, "d"); found {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil || n > 100*365 {
			return 0, bad
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, bad
	}
	return d, nil
}

// parseBytes reads decimal and binary units.
func parseBytes(s string) (int64, error) {
	number, unit := s, 1.0
	for _, u := range []struct {
		suffix string
		size   float64
	}{
		{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
		{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"KB", 1e3}, {"B", 1},
	} {
		if cut, found := strings.CutSuffix(s, u.suffix); found {
			number, unit = strings.TrimSpace(cut), u.size
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n < 0 || math.IsNaN(n) || n*unit >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is no size; write 500MB or 20GB, or 0 for no bound", s)
	}
	return int64(n * unit), nil
}

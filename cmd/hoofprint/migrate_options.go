package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"hoofprint/internal/migrate"
	"hoofprint/internal/migrate/walk"
)

const migrateAbout = `Finds in PATH... (default: the current folder) every use of what ddtrace 4 removed
or changed: in Python, in settings of any file, in versions. Says how to mend it, and
mends what a program can. "-" scans the standard input.

Exit status: 0 nothing to fail on was found, 1 it was, 2 it could not be scanned.
The configuration is read from hoofprint.toml or [tool.hoofprint.migrate] of
pyproject.toml, here or in a folder above. A comment "hoofprint: ignore" or
"hoofprint: ignore[rule]" takes out the findings of its line.`

// migrateOptions are the flags of hoofprint migrate.
type migrateOptions struct {
	scan    migrate.Options
	mend    migrate.Mending
	write   bool
	diff    bool
	format  string
	output  string
	failOn  string
	config  string
	unused  bool
	list    bool
	explain string
	quiet   bool
	uses    bool // --runtime
	runtime runtimeOptions
	scanned bool // a path was given
}

var migrateFormats = []string{"text", "json", "sarif", "github", "html"}

// words is a flag that is given several times, or once with commas.
type words []string

func (w *words) String() string { return strings.Join(*w, ",") }
func (w *words) Set(text string) error {
	for _, one := range strings.Split(text, ",") {
		if one = strings.TrimSpace(one); one != "" {
			*w = append(*w, one)
		}
	}
	return nil
}

func parseMigrateOptions(args []string, help io.Writer) (migrateOptions, error) {
	var o migrateOptions
	flags := flag.NewFlagSet("migrate", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&o.write, "write", false, "mend what is safe to mend, in place")
	flags.BoolVar(&o.diff, "diff", false, "print what --write would change as a diff, and change nothing")
	flags.BoolVar(&o.mend.Unsafe, "unsafe", false, "with --write or --diff: also what may change what the program does, and what is only likely")
	flags.BoolVar(&o.mend.Todo, "todo", false, "with --write or --diff: leave a TODO comment where a person must decide")
	flags.StringVar(&o.format, "format", "text", "how to report: `FORMAT` "+strings.Join(migrateFormats, ", "))
	flags.StringVar(&o.output, "output", "", "write the report to this `FILE`")
	flags.StringVar(&o.failOn, "fail-on", "", "what to exit with 1 for: `LEVEL` certain (the default), likely (any finding, or Python that does not parse) or never")
	flags.StringVar(&o.scan.Since, "since", "", "report only findings in lines that changed since this git `REVISION`")
	flags.Var((*words)(&o.scan.Select), "select", "report only these `RULES`: names, beginnings of names, or kinds, with commas")
	flags.Var((*words)(&o.scan.Ignore), "ignore", "do not report these `RULES`")
	flags.Var((*words)(&o.scan.Exclude), "exclude", "leave out these files: `GLOBS` as in .gitignore, with commas")
	flags.BoolVar(&o.scan.NoIgnore, "no-gitignore", false, "scan what .gitignore leaves out as well")
	flags.StringVar(&o.config, "config", "", "the configuration `FILE`, or \"none\"")
	flags.BoolVar(&o.unused, "unused-ignores", false, "report comments that ignore nothing")
	flags.StringVar(&o.scan.StdinName, "stdin-name", "", "the `PATH` that the standard input stands for")
	flags.BoolVar(&o.list, "list-rules", false, "print the rules")
	flags.StringVar(&o.explain, "explain", "", "print what a `RULE` is about")
	flags.BoolVar(&o.quiet, "quiet", false, "show no progress")
	flags.BoolVar(&o.uses, "runtime", false, "tell what programs that ran with DD_V3_BRIDGE=true really used, joined with the findings in PATH... if given")
	o.runtime.register(flags)
	printMigrateHelp := func() { printHelp(help, "migrate [PATH...]", migrateAbout, flags, nil) }
	rest := args
	for {
		if err := flags.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				printMigrateHelp()
				return o, err
			}
			return o, wrongFlags("migrate", err)
		}
		// Flags may follow paths; after "--" all are paths.
		ended := len(rest) > flags.NArg() && rest[len(rest)-flags.NArg()-1] == "--"
		rest = flags.Args()
		if len(rest) == 0 || ended {
			o.scan.Paths = append(o.scan.Paths, rest...)
			break
		}
		o.scan.Paths = append(o.scan.Paths, rest[0])
		rest = rest[1:]
	}
	return o, o.check()
}

// check says which flags do not go together, and reads what they name.
func (o *migrateOptions) check() error {
	wrong := func(format string, args ...any) error {
		return wrongFlags("migrate", fmt.Errorf(format, args...))
	}
	switch {
	case !slices.Contains(migrateFormats, o.format):
		return wrong("--format %s is none of %s", o.format, strings.Join(migrateFormats, ", "))
	case o.write && o.diff:
		return wrong("--write changes files and --diff does not: give one of them")
	case (o.mend.Unsafe || o.mend.Todo) && !o.write && !o.diff:
		return wrong("--unsafe and --todo say what to change: give --write or --diff with them")
	case o.uses && (o.write || o.diff):
		return wrong("--runtime only tells: give it without --write and --diff")
	case o.diff && o.format != "text":
		return wrong("--diff prints a diff, and --format %s a report: give one of them", o.format)
	}
	if o.scanned = len(o.scan.Paths) > 0; !o.scanned {
		o.scan.Paths = []string{"."}
	}
	if slices.Contains(o.scan.Paths, "-") {
		if len(o.scan.Paths) > 1 {
			return wrong("- is the standard input, and stands alone")
		}
		if o.write {
			return wrong("the standard input cannot be written; give --diff")
		}
		if o.scan.StdinName == "" {
			o.scan.StdinName = "stdin.py"
		}
	} else if o.scan.StdinName != "" {
		return wrong("--stdin-name is for the standard input: give the path -")
	}
	return nil
}

// prepare reads the configuration and the standard input.
func (o *migrateOptions) prepare(stdin io.Reader) error {
	var err error
	switch o.config {
	case "none":
	case "":
		from := "."
		if o.scan.Paths[0] != "-" {
			if from, _, err = walk.Root(o.scan.Paths); err != nil {
				return err
			}
		} else if from, err = os.Getwd(); err != nil {
			return fmt.Errorf("finding the current folder: %w", err)
		}
		o.scan.Config, err = walk.FindConfig(from)
	default:
		o.scan.Config, err = walk.ReadConfig(o.config)
	}
	if err != nil {
		return err
	}
	if o.failOn == "" {
		o.failOn = o.scan.Config.FailOn
	}
	switch o.failOn {
	case "":
		o.failOn = "certain"
	case "certain", "likely", "never":
	default:
		return wrongFlags("migrate", fmt.Errorf("fail-on %q is none of certain, likely, never", o.failOn))
	}
	if o.scan.Paths[0] == "-" {
		if o.scan.Stdin, err = io.ReadAll(io.LimitReader(stdin, walk.MaxSize)); err != nil {
			return fmt.Errorf("reading the standard input: %w", err)
		}
	}
	return nil
}

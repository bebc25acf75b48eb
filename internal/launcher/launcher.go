// Package launcher is ddtrace-run: it prepares the environment in which Python
// traces itself, sees to it that a collector runs, and replaces itself by the
// command. The command keeps the process id; nothing of the launcher remains.
package launcher

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"

	"hoofprint/internal/settings"
)

// APILevel is the version of ddtrace whose API and settings are kept.
const APILevel = "4.16.0"

// Exit statuses, those of a shell for a command that it cannot run.
const (
	exitUsage       = 1 // no command
	exitWrongOption = 2
	exitNotRunnable = 126
	exitNotFound    = 127
)

// Launcher holds what the launcher takes from its process.
type Launcher struct {
	Stdout, Stderr io.Writer
	Version        string   // of the binary
	Executable     string   // path of the binary itself
	Environ        []string // as os.Environ
}

// Run does what the arguments (without the program's name) ask for and returns
// the exit status. When it starts a command it does not return.
func (l *Launcher) Run(args []string) int {
	options, err := parseArgs(args)
	switch {
	case err != nil:
		fmt.Fprintf(l.Stderr, "ddtrace-run: %v\n%s", err, usage)
		return exitWrongOption
	case options.help:
		fmt.Fprint(l.Stdout, usage, help)
		return 0
	case options.version:
		fmt.Fprintf(l.Stdout, "ddtrace-run %s (Hoofprint %s)\n", APILevel, l.Version)
		return 0
	}
	env := newEnvironment(l.Environ)
	if options.debug {
		env.set("DD_TRACE_DEBUG", "true")
	}
	if options.profiling {
		env.set("DD_PROFILING_ENABLED", "true")
	}
	if options.info || options.json || options.pid != 0 {
		return l.info(env, options)
	}
	if len(options.command) == 0 {
		fmt.Fprint(l.Stderr, usage, help)
		return exitUsage
	}
	return l.exec(env, options.command)
}

func (l *Launcher) exec(env *environment, command []string) int {
	path, err := env.find(command[0])
	if err != nil {
		status, why := exitNotFound, "no such program on the PATH"
		if strings.Contains(command[0], "/") {
			why = "no such file"
		}
		if errors.Is(err, fs.ErrPermission) {
			status, why = exitNotRunnable, "it is not executable"
		}
		fmt.Fprintf(l.Stderr, "ddtrace-run: cannot run %s: %s\n", command[0], why)
		if status == exitNotRunnable && strings.HasSuffix(command[0], ".py") {
			fmt.Fprintf(l.Stderr, "did you mean ddtrace-run python %s?\n", strings.Join(command, " "))
		}
		return status
	}
	if err := l.prepare(env); err != nil {
		// The application matters more than its traces.
		fmt.Fprintf(l.Stderr, "ddtrace-run: %s runs untraced: %v\n", command[0], err)
	}
	err = syscall.Exec(path, command, env.list())
	why := err.Error()
	if errors.Is(err, syscall.ENOEXEC) {
		why = "neither a program of this machine nor a script with a #! line"
	} else if errors.Is(err, syscall.ENOENT) {
		why = "the interpreter of its #! line does not exist"
	}
	fmt.Fprintf(l.Stderr, "ddtrace-run: cannot run %s: %s\n", path, why)
	return exitNotRunnable
}

// prepare makes Python run our sitecustomize, and starts the collector.
func (l *Launcher) prepare(env *environment) error {
	directory, err := pythonDirectory(l.Executable, env.get("HOOFPRINT_PYTHON"))
	if err != nil {
		return err
	}
	env.prependPath("PYTHONPATH", directory+"/ddtrace/bootstrap")
	if on, _ := settings.Lookup("DD_TRACE_ENABLED"); !settings.Bool(on.Resolve(env.lookup).Text) {
		return nil
	}
	// Children that import ddtrace.auto without us start the same binary.
	if env.get("HOOFPRINT_BIN") == "" {
		env.set("HOOFPRINT_BIN", l.Executable)
	}
	if err := ensureCollector(env); err != nil {
		fmt.Fprintf(l.Stderr, "ddtrace-run: traces wait in memory: %v\n", err)
	}
	return nil
}

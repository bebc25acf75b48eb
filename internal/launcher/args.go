package launcher

import (
	"fmt"
	"strconv"
	"strings"
)

const usage = "usage: ddtrace-run [options] <your usual python command>\n"

const help = `
Runs a Python program with tracing switched on. The program needs no change; it
keeps its process id, its output and its exit status.

examples:
  ddtrace-run python app.py
  ddtrace-run gunicorn myproject.wsgi
  DD_SERVICE=shop DD_ENV=staging ddtrace-run uvicorn shop:app

options:
  -h, --help        show this help and exit
  -i, --info        show every setting with its value and source, whether the agent
                    answers, and names that look misspelt, and exit
      --json        with --info: print it as JSON
      --pid PID     with --info: of a running process, with what remote
                    configuration changed
  -d, --debug       the tracer logs what it does (DD_TRACE_DEBUG=true)
  -p, --profiling   sets DD_PROFILING_ENABLED=true, which has no effect yet
  -v, --version     show the version and exit
  -nc, --colorless  no colours in the output

Settings are environment variables; DD_TRACE_ENABLED=false switches everything off.
`

type options struct {
	help, info, json, version, debug, profiling, colorless bool

	pid     int // with info: of a running process
	command []string
}

// parseArgs reads the options up to the command; what follows is the command's.
// Short ones may stand together (-dp), long ones may be cut where they stay clear
// (--prof).
func parseArgs(args []string) (options, error) {
	var o options
	short := map[rune]*bool{'h': &o.help, 'i': &o.info, 'v': &o.version, 'd': &o.debug, 'p': &o.profiling}
	long := map[string]*bool{
		"--help": &o.help, "--info": &o.info, "--json": &o.json, "--version": &o.version, "--debug": &o.debug,
		"--profiling": &o.profiling, "--colorless": &o.colorless,
	}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		name, value, hasValue := strings.Cut(arg, "=")
		switch {
		case arg == "--":
			o.command = args[i+1:]
			return o, nil
		case arg == "-nc":
			o.colorless = true
		case name == "--pid":
			if !hasValue && i+1 < len(args) {
				i++
				value = args[i]
			}
			pid, err := strconv.Atoi(value)
			if err != nil || pid < 1 {
				return o, fmt.Errorf("--pid needs the id of a process, not %q", value)
			}
			o.pid = pid
		case strings.HasPrefix(arg, "--"):
			switches := matching(long, arg)
			if len(switches) != 1 {
				return o, fmt.Errorf("unknown option %s", arg)
			}
			*long[switches[0]] = true
		case strings.HasPrefix(arg, "-") && arg != "-":
			for _, letter := range arg[1:] {
				if short[letter] == nil {
					return o, fmt.Errorf("unknown option %s", arg)
				}
				*short[letter] = true
			}
		default:
			o.command = args[i:]
			return o, nil
		}
	}
	return o, nil
}

// matching lists the long options that arg is or begins.
func matching(long map[string]*bool, arg string) []string {
	if long[arg] != nil {
		return []string{arg}
	}
	var found []string
	for name := range long {
		if strings.HasPrefix(name, arg) {
			found = append(found, name)
		}
	}
	return found
}

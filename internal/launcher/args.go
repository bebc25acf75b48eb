package launcher

import (
	"fmt"
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
  -d, --debug       the tracer logs what it does (DD_TRACE_DEBUG=true)
  -p, --profiling   the program is profiled (DD_PROFILING_ENABLED=true)
  -v, --version     show the version and exit
  -nc, --colorless  no colours in the output

Settings are environment variables; DD_TRACE_ENABLED=false switches everything off.
`

type options struct {
	help, info, json, version, debug, profiling, colorless bool

	command []string
}

// parseArgs reads the options up to the command; what follows is the command's.
func parseArgs(args []string) (options, error) {
	var o options
	for i, arg := range args {
		switch arg {
		case "-h", "--help":
			o.help = true
		case "-i", "--info":
			o.info = true
		case "--json":
			o.json = true
		case "-v", "--version":
			o.version = true
		case "-d", "--debug":
			o.debug = true
		case "-p", "--profiling":
			o.profiling = true
		case "-nc", "--colorless":
			o.colorless = true
		case "--":
			o.command = args[i+1:]
			return o, nil
		default:
			if strings.HasPrefix(arg, "-") {
				return o, fmt.Errorf("unknown option %s", arg)
			}
			o.command = args[i:]
			return o, nil
		}
	}
	return o, nil
}

package main

import (
	"fmt"
	"os"
	"strings"
)

const infoHelp = `Usage: hoofprint info [--json] [--pid PID]

Prints what a traced program would see: each setting with its value and source,
whether the agent and a collector answer, which integrations would be on, and
names that look misspelt. The same as ddtrace-run --info.

  --json
        print it as JSON
  --pid PID
        of a running process, with what remote configuration changed
`

// infoCommand is `hoofprint info`: what `ddtrace-run --info` tells.
func infoCommand(args []string) int {
	for i, arg := range args {
		switch {
		case arg == "-h", arg == "-help", arg == "--help":
			fmt.Print(infoHelp)
			return 0
		case arg == "--json", arg == "--pid", strings.HasPrefix(arg, "--pid="), i > 0 && args[i-1] == "--pid":
		default:
			fmt.Fprintln(os.Stderr, "hoofprint info:", wrongFlags("info", fmt.Errorf("%q is no flag", arg)))
			return 2
		}
	}
	return runCommand(append([]string{"--info"}, args...))
}

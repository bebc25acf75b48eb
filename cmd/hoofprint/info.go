package main

import (
	"fmt"
	"os"
)

const infoHelp = `Usage: hoofprint info [--json]

Prints what a traced program would see: each setting with its value and source,
whether the agent answers, and names that look misspelt. The same as
ddtrace-run --info.

  --json
        print it as JSON
`

// infoCommand is `hoofprint info`: what `ddtrace-run --info` tells.
func infoCommand(args []string) int {
	for _, arg := range args {
		switch arg {
		case "-h", "-help", "--help":
			fmt.Print(infoHelp)
			return 0
		case "--json":
		default:
			fmt.Fprintln(os.Stderr, "hoofprint info:", wrongFlags("info", fmt.Errorf("%q is no flag", arg)))
			return 2
		}
	}
	return runCommand(append([]string{"--info"}, args...))
}

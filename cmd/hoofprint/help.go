package main

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

// internalFlag marks, at the start of its description, a flag that is not for users.
const internalFlag = "internal: "

// printHelp tells what a command does and its flags; variable, if there is one,
// names the environment variable that stands for a flag.
func printHelp(out io.Writer, command, about string, flags *flag.FlagSet, variable func(string) string) {
	fmt.Fprintf(out, "Usage: hoofprint %s [flags]\n\n%s\n\n", command, about)
	flags.VisitAll(func(f *flag.Flag) {
		name, about := flag.UnquoteUsage(f)
		if strings.HasPrefix(about, internalFlag) {
			return
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "0s" {
			about += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(out, "  %s\n        %s\n", strings.TrimSpace("--"+f.Name+" "+name), about)
		if variable != nil {
			fmt.Fprintf(out, "        or %s\n", variable(f.Name))
		}
	})
}

// wrongFlags says where the right ones are told.
func wrongFlags(command string, err error) error {
	return fmt.Errorf("%w; try hoofprint %s --help", err, command)
}

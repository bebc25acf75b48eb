// Command hoofprint is the whole product in one binary: the agent with store and
// UI (serve), the collector of a host (collect), the launcher (run, also as
// ddtrace-run), what they see (info), and what ddtrace 4 breaks in a code base
// (migrate).
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// version is set by the build.
var version = "dev"

// command is one verb of the binary. Its function gets the arguments after the
// verb and returns the exit status.
type command struct {
	name, about string
	run         func(args []string) int
}

func commands() []command {
	return []command{
		{"serve", "take in spans, store them and show them in a web page", serveCommand},
		{"collect", "bring spans of this host's processes to their agent; started by itself", collectCommand},
		{"run", "start a Python program so that it is traced; the same as ddtrace-run", runCommand},
		{"info", "print what a traced program would see: settings, agent, collector", infoCommand},
		{"migrate", "find in a code base what ddtrace 4 removed or changed, and mend it", migrateCommand},
	}
}

func main() {
	os.Exit(dispatch(os.Args))
}

func dispatch(argv []string) int {
	verbs := commands()
	if filepath.Base(argv[0]) == "ddtrace-run" {
		return find(verbs, "run").run(argv[1:])
	}
	if len(argv) < 2 {
		fmt.Fprint(os.Stderr, usage(verbs))
		return 2
	}
	name := argv[1]
	switch name {
	case "help", "-h", "-help", "--help":
		if len(argv) == 2 {
			fmt.Print(usage(verbs))
			return 0
		}
		name = argv[2]
		if c := find(verbs, name); c != nil {
			return c.run([]string{"--help"})
		}
	case "version", "-version", "--version":
		fmt.Println("hoofprint", version)
		return 0
	default:
		if c := find(verbs, name); c != nil {
			return c.run(argv[2:])
		}
	}
	fmt.Fprintf(os.Stderr, "hoofprint: there is no command %q\n\n%s", name, usage(verbs))
	return 2
}

func find(verbs []command, name string) *command {
	for i := range verbs {
		if verbs[i].name == name {
			return &verbs[i]
		}
	}
	return nil
}

func usage(verbs []command) string {
	var b strings.Builder
	b.WriteString("Hoofprint shows you where your Python has been.\n\nUsage: hoofprint <command> [arguments]\n\n")
	for _, c := range verbs {
		fmt.Fprintf(&b, "  %-9s %s\n", c.name, c.about)
	}
	b.WriteString("  version   print the version\n\nhoofprint <command> --help says more.\n")
	return b.String()
}

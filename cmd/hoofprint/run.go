package main

import (
	"fmt"
	"os"

	"hoofprint/internal/launcher"
)

// runCommand is `hoofprint run`, and ddtrace-run: the binary under that name.
func runCommand(args []string) int {
	binary, err := os.Executable()
	if err != nil {
		fmt.Fprintf(os.Stderr, "ddtrace-run: find the own binary: %v\n", err)
		return 1
	}
	l := launcher.Launcher{
		Stdout: os.Stdout, Stderr: os.Stderr,
		Version: version, Executable: binary, Environ: os.Environ(),
	}
	return l.Run(args)
}

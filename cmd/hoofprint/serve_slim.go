//go:build slim

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// serverName is the full binary, as the wheel hoofprint-server installs it.
const serverName = "hoofprint-server"

// serveCommand hands over to the full binary: the one beside this one's command,
// or the first of PATH.
func serveCommand(args []string) int {
	server, err := findServer()
	if err == nil {
		argv := append([]string{server, "serve"}, args...)
		err = syscall.Exec(server, argv, os.Environ())
	}
	fmt.Fprintf(os.Stderr, "hoofprint serve: this is the slim binary, and starting %s failed: %v; install it with `pip install hoofprint-server`\n", serverName, err)
	return 1
}

func findServer() (string, error) {
	if command := os.Getenv("HOOFPRINT_COMMAND"); command != "" {
		beside := filepath.Join(filepath.Dir(command), serverName)
		if _, err := os.Stat(beside); err == nil {
			return beside, nil
		}
	}
	return exec.LookPath(serverName)
}

package main

// infoCommand is `hoofprint info`: what `ddtrace-run --info` tells.
func infoCommand(args []string) int {
	return runCommand(append([]string{"--info"}, args...))
}

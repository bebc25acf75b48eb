package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestASignalEndsAScan(t *testing.T) {
	if os.Getenv("HOOFPRINT_TEST_SCANS") != "" {
		os.Exit(migrateCommand([]string{"--config", "none", "-"}))
	}
	scan := exec.Command(os.Args[0], "-test.run=^TestASignalEndsAScan$")
	scan.Env = append(os.Environ(), "HOOFPRINT_TEST_SCANS=1")
	stdin, err := scan.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	if err := scan.Start(); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(time.Minute, func() { scan.Process.Kill() }).Stop()
	// More than a pipe holds, so that it is reading; it waits for the rest.
	if _, err := stdin.Write([]byte(strings.Repeat("x = 1\n", 50_000))); err != nil {
		t.Fatal(err)
	}
	if err := scan.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	scan.Wait()
	if code := scan.ProcessState.ExitCode(); code != 130 {
		t.Errorf("%v", scan.ProcessState)
	}
}

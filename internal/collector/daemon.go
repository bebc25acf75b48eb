package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	daemonWait = 5 * time.Second
	// maxLog is where a daemon starts its log file anew.
	maxLog = 1 << 20
	// daemonReadyFD is the pipe on which the daemon says that it is ready.
	daemonReadyFD = 3
)

// Serving tells whether the collector of dir answers.
func Serving(ctx context.Context, dir string) bool {
	_, err := ask(ctx, dir, linePing)
	return err == nil
}

// Daemonise makes sure that a collector serves dir: it starts this program with
// args in a session of its own and returns when that one, or another, answers.
func Daemonise(dir string, args []string) error {
	if err := makeRunDir(dir); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), daemonWait)
	defer cancel()
	for {
		lock, err := lockRunDir(dir)
		switch {
		case err == nil:
			lock.Close()
			if err := startDaemon(ctx, args); err != nil {
				return err
			}
		case !errors.Is(err, ErrHeld):
			return err
		}
		if Serving(ctx, dir) {
			return nil
		}
		// Another daemon is about to come or to go.
		if !sleep(ctx, 5*time.Millisecond) {
			return fmt.Errorf("a collector holds %s but does not answer; end it, or wait and try again", filepath.Join(dir, lockName))
		}
	}
}

// startDaemon starts this program and waits until it is ready or gone.
func startDaemon(ctx context.Context, args []string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	ready, theirs, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe to the collector: %w", err)
	}
	defer ready.Close()
	cmd := exec.Command(self, args...)
	cmd.Dir = "/"
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if log, err := openLog(); err == nil {
		defer log.Close()
		cmd.Stdout, cmd.Stderr = log, log
	}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return fmt.Errorf("start %s: %w", self, err)
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = ready.SetReadDeadline(deadline)
	}
	// A byte, or the end of a daemon that found another one: both are answers.
	_, err = ready.Read(make([]byte, 1))
	_ = cmd.Process.Release()
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("wait for the collector: %w", err)
	}
	return nil
}

// DaemonReady tells the stub that waits in Daemonise.
func DaemonReady() {
	f := os.NewFile(daemonReadyFD, "ready")
	_, _ = f.Write([]byte{1})
	_ = f.Close()
}

// LogPath is where a daemon logs.
func LogPath() string { return filepath.Join(filepath.Dir(DefaultSpoolDir()), "collector.log") }

func openLog() (*os.File, error) {
	path := LogPath()
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND
	if st, err := os.Stat(path); err == nil && st.Size() > maxLog {
		flags |= os.O_TRUNC
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(path, flags, 0o600)
}

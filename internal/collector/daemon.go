package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	// daemonWait is for a daemon to start, on a machine under load.
	daemonWait = 5 * time.Second
	// pingTimeout: a collector answers within a millisecond, unless it is stopped
	// or about to end.
	pingTimeout = 300 * time.Millisecond
	// silentWait is how long a program's start may be held up by a collector that
	// holds the lock and does not answer.
	silentWait = 500 * time.Millisecond
	// maxLog is where a daemon starts its log file anew.
	maxLog = 1 << 20
	// What a daemon inherits: the pipe on which it says that it is ready, and the
	// lock, so that no other daemon comes between the decision and its start.
	daemonReadyFD = 3
	daemonLockFD  = 4
)

// Serving tells whether the collector of dir answers.
func Serving(ctx context.Context, dir string) bool {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	answer, err := ask(ctx, dir, linePing)
	return err == nil && strings.HasPrefix(answer, "ok ")
}

// Daemonise makes sure that a collector serves dir: it starts this program in a
// session of its own, with the arguments of held, and returns when that one, or
// another, answers. Where a collector holds the lock but does not answer, because
// it is ending or stopped, a daemon with the arguments of waiting is left to
// wait for its place.
func Daemonise(dir string, held, waiting []string) error {
	if err := makeRunDir(dir); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), daemonWait)
	defer cancel()
	for begin := time.Now(); ; {
		lock, err := lockRunDir(dir)
		if err != nil && !errors.Is(err, ErrHeld) {
			return err
		}
		pause := 5 * time.Millisecond
		if lock != nil {
			err := startDaemon(ctx, held, lock)
			lock.Close() // the daemon has its own descriptor
			if err != nil {
				return err
			}
			pause = 100 * time.Millisecond // in case that it could not stay
		}
		if Serving(ctx, dir) {
			return nil
		}
		if time.Since(begin) > silentWait {
			if lock != nil {
				return fmt.Errorf("the collector ends as soon as it starts; %s says why", LogPath())
			}
			return startDaemon(ctx, waiting, nil)
		}
		sleep(ctx, pause)
	}
}

// startDaemon starts this program. With a lock it waits until the program is
// ready or gone.
func startDaemon(ctx context.Context, args []string, lock *os.File) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if log, err := openLog(); err == nil {
		defer log.Close()
		cmd.Stdout, cmd.Stderr = log, log
	}
	if lock == nil {
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("start %s: %w", self, err)
		}
		return cmd.Process.Release()
	}
	ready, theirs, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe to the collector: %w", err)
	}
	defer ready.Close()
	cmd.ExtraFiles = []*os.File{theirs, lock}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return fmt.Errorf("start %s: %w", self, err)
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = ready.SetReadDeadline(deadline)
	}
	// A byte, or the end of a daemon that could not: both are answers.
	_, err = ready.Read(make([]byte, 1))
	_ = cmd.Process.Release()
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("wait for the collector: %w", err)
	}
	return nil
}

// InheritDaemon gives what Daemonise leaves to a daemon: the lock of its run
// directory, and what to call when it is ready.
func InheritDaemon() (lock *os.File, ready func()) {
	syscall.CloseOnExec(daemonReadyFD)
	syscall.CloseOnExec(daemonLockFD)
	return os.NewFile(daemonLockFD, lockName), func() {
		f := os.NewFile(daemonReadyFD, "ready")
		_, _ = f.Write([]byte{1})
		_ = f.Close()
	}
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

package collector

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// ErrHeld says that another collector serves the run directory.
var ErrHeld = errors.New("another collector serves this run directory")

const (
	lockName   = "collector.lock"
	socketName = "collector.sock"
)

// DefaultRunDir is where traced processes of this user put their rings.
func DefaultRunDir() string {
	if dir := os.Getenv("HOOFPRINT_RUN_DIR"); dir != "" {
		if path, err := filepath.Abs(dir); err == nil {
			return path
		}
		return dir
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); isDir(dir) {
		return filepath.Join(dir, "hoofprint")
	}
	path := "/dev/shm/hoofprint-" + strconv.Itoa(os.Geteuid())
	// Containers of a pod share /dev/shm and cannot see each other's processes.
	if ns := pidNamespace(); ns != "" && ns != initialPIDNamespace {
		path += "-" + ns
	}
	return path
}

// DefaultSpoolDir is where spans wait for an agent that is away.
func DefaultSpoolDir() string {
	if dir := os.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "hoofprint", "spool")
	}
	if home, err := os.UserHomeDir(); err == nil && home != "/" {
		dir := filepath.Join(home, ".local", "state", "hoofprint", "spool")
		if os.MkdirAll(dir, 0o700) == nil {
			return dir
		}
	}
	return filepath.Join(os.TempDir(), "hoofprint-"+strconv.Itoa(os.Geteuid()), "spool")
}

// makeRunDir makes a run directory, or checks that nobody else can write to it.
func makeRunDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make run directory: %w", err)
	}
	var st unix.Stat_t
	if err := unix.Lstat(dir, &st); err != nil {
		return fmt.Errorf("check run directory %s: %w", dir, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR || int(st.Uid) != os.Geteuid() || st.Mode&0o022 != 0 {
		return fmt.Errorf("run directory %s: it must be a directory of user %d that nobody else can write to", dir, os.Geteuid())
	}
	return nil
}

// lockRunDir elects this process as the collector of dir, until the file is closed.
func lockRunDir(dir string) (*os.File, error) {
	fd, err := unix.Open(filepath.Join(dir, lockName), unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock in %s: %w", dir, err)
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		unix.Close(fd)
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, ErrHeld
		}
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return os.NewFile(uintptr(fd), lockName), nil
}

// isLockOf tells whether lock is still that of dir, which may have been removed
// and made anew by others.
func isLockOf(lock *os.File, dir string) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(filepath.Join(dir, lockName))
	return err == nil && os.SameFile(held, there)
}

func isDir(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}

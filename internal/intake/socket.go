package intake

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"
)

// listenUnix listens on a unix socket, in place of one that a killed agent left
// behind. A socket that somebody serves, and anything else there, stays.
func listenUnix(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make the directory of socket %s: %w", path, err)
	}
	switch stat, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("look at socket %s: %w", path, err)
	case stat.Mode().Type() != fs.ModeSocket:
		return nil, fmt.Errorf("listen on %s: a file that is no socket is in the way; move it or choose another path", path)
	default:
		if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
			_ = c.Close()
			return nil, fmt.Errorf("listen on %s: another agent serves this socket; stop it, or choose another path with --socket or another run directory", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("remove the abandoned socket %s: %w", path, err)
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on socket %s: %w", path, err)
	}
	if err := os.Chmod(path, socketMode); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("let other users connect to socket %s: %w", path, err)
	}
	return l, nil
}

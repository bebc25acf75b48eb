package rewrite

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// ErrChanged says that a file is no longer what was read.
var ErrChanged = errors.New("it changed while it was scanned; run again")

// Write puts new in the place of old as the content of a file, wholly or not at all. The file
// keeps its mode and its owner; of a symbolic link the file it leads to is written.
func Write(path string, old, new []byte) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	now, err := os.ReadFile(target)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if !bytes.Equal(now, old) {
		return fmt.Errorf("writing %s: %w", path, ErrChanged)
	}
	// Whoever may not write to the file may not replace it either, though its folder allows that.
	may, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, errors.Unwrap(err))
	}
	may.Close()
	beside, err := os.CreateTemp(filepath.Dir(target), ".hoofprint-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, errors.Unwrap(err))
	}
	err = fill(beside, info, new)
	if err == nil {
		err = os.Rename(beside.Name(), target)
	}
	if err != nil {
		os.Remove(beside.Name())
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

func fill(f *os.File, like os.FileInfo, text []byte) error {
	_, err := f.Write(text)
	if s, ok := like.Sys().(*syscall.Stat_t); ok && err == nil {
		// Before the mode: a change of the owner takes the bits for other users' rights away.
		if int(s.Uid) != os.Geteuid() || int(s.Gid) != os.Getegid() {
			err = f.Chown(int(s.Uid), int(s.Gid))
		}
	}
	if err == nil {
		err = f.Chmod(like.Mode())
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

package collector

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ringName matches the file of a ring: <pid>-<starttime>[-<n>].ring.
var ringName = regexp.MustCompile(`^([0-9]+)-([0-9]+)(-[0-9]+)?\.ring$`)

// memfdName matches the name under which a process hands over a memfd.
var memfdName = regexp.MustCompile(`^([0-9]+)-memfd(-[0-9]+)?\.ring$`)

// errReplaced says that a run directory is not the one whose lock is held.
var errReplaced = errors.New("the run directory was removed")

// watchDir calls found for each ring in dir, those there and those to come,
// until ctx ends, or with errReplaced until dir is no longer ours. It may call
// found several times for one ring.
func watchDir(ctx context.Context, dir string, ours func() bool, found func(name string)) error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return fmt.Errorf("watch %s: %w", dir, err)
	}
	f := os.NewFile(uintptr(fd), "inotify")
	defer f.Close()
	if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_MOVED_TO|unix.IN_DELETE|unix.IN_MOVE_SELF|unix.IN_ONLYDIR); err != nil {
		return fmt.Errorf("watch %s: %w", dir, err)
	}
	scan := func() {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return // gone; the next scan sees it again
		}
		for _, e := range entries {
			if ringName.MatchString(e.Name()) {
				found(e.Name())
			}
		}
	}
	scan()
	events := make(chan string)
	go func() {
		defer close(events)
		buf := make([]byte, 16<<10)
		for {
			n, err := f.Read(buf)
			if err != nil {
				return
			}
			for b := buf[:n]; len(b) >= unix.SizeofInotifyEvent; {
				size := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(b[12:]))
				if size > len(b) {
					break
				}
				name, _, _ := bytes.Cut(b[unix.SizeofInotifyEvent:size], []byte{0})
				b = b[size:]
				select {
				case events <- string(name):
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	// Events are lost when their queue overflows; a scan now and then is cheap.
	tick := time.NewTicker(rescanInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case name, ok := <-events:
			if !ok {
				return fmt.Errorf("watch %s: inotify ended", dir)
			}
			switch {
			case ringName.MatchString(name):
				found(name)
			case (name == lockName || name == "") && !ours(): // the lock was removed, or dir moved
				return errReplaced
			}
		case <-tick.C:
			if !ours() {
				return errReplaced
			}
			scan()
			removeTemporary(dir)
		}
	}
}

var temporaryName = regexp.MustCompile(`^\.([0-9]+)-([0-9]+)\.[0-9a-f]{8}\.tmp$`)

// companionOf gives the ring whose marks or control file this is.
func companionOf(name string) (ring string, ok bool) {
	for _, suffix := range []string{".done", ".control", ".control.tmp"} {
		if ring, ok := strings.CutSuffix(name, suffix); ok {
			return strings.TrimPrefix(ring, "."), true
		}
	}
	return "", false
}

// removeTemporary removes what processes left that died while making a ring, and
// marks and control files whose ring was the last thing that a killed collector removed.
func removeTemporary(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if m := temporaryName.FindStringSubmatch(e.Name()); m != nil && !alive(atoi(m[1]), uint64(atoi(m[2]))) && isOlder(e, time.Minute) {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
		if ring, ok := companionOf(e.Name()); ok {
			if m := memfdName.FindStringSubmatch(ring); m != nil {
				if _, err := os.Stat("/proc/" + m[1]); errors.Is(err, os.ErrNotExist) {
					_ = os.Remove(filepath.Join(dir, e.Name()))
				}
			} else if _, err := os.Lstat(filepath.Join(dir, ring)); errors.Is(err, os.ErrNotExist) && ringName.MatchString(ring) {
				_ = os.Remove(filepath.Join(dir, e.Name()))
			}
		}
	}
}

// isOlder is for names that another container may be about to use: its pids are
// not ours.
func isOlder(e os.DirEntry, age time.Duration) bool {
	info, err := e.Info()
	return err == nil && time.Since(info.ModTime()) > age
}

package collector

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// alive tells whether pid is still the process that started at start, in clock
// ticks since boot: a pid alone does not name a process, as pids come back.
func alive(pid int, start uint64) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	// The command in parentheses may hold spaces and parentheses itself.
	end := strings.LastIndexByte(string(b), ')')
	fields := strings.Fields(string(b[end+1:]))
	if end < 0 || len(fields) < 20 {
		return false
	}
	got, err := strconv.ParseUint(fields[19], 10, 64)
	return err == nil && got == start && fields[0] != "Z" && fields[0] != "X"
}

// onDeath calls f once when the process is gone; at once if it is already. The
// caller ends the watch with the returned function. Without pidfds (old kernels,
// gVisor) f is never called, and the caller must ask alive now and then.
func onDeath(pid int, start uint64, f func()) (stop func(), err error) {
	if pid <= 0 { // of another namespace, and gone
		f()
		return func() {}, nil
	}
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err == unix.ESRCH {
		f()
		return func() {}, nil
	}
	if err != nil {
		return func() {}, fmt.Errorf("watch process %d: %w", pid, err)
	}
	if !alive(pid, start) { // after the pidfd, or the pid could change hands between
		unix.Close(fd)
		f()
		return func() {}, nil
	}
	file := os.NewFile(uintptr(fd), "pidfd")
	conn, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return func() {}, fmt.Errorf("watch process %d: %w", pid, err)
	}
	go func() {
		err := conn.Read(func(fd uintptr) bool {
			p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
			n, err := unix.Poll(p, 0)
			return err != nil && err != unix.EINTR || n > 0
		})
		if err == nil {
			f()
		}
	}()
	return func() { file.Close() }, nil
}

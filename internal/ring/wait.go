package ring

import (
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Operations of futex(2); without the private flag, because the writer is
// another process.
const (
	futexWait = 0
	futexWake = 1
)

// Wait blocks until there is something to read behind the reader's position,
// Wake is called, or d (at most MaxWait) has passed. It holds a thread.
func (r *Reader) Wait(d time.Duration) (err error) {
	defer guard(&err)()
	if d > MaxWait {
		d = MaxWait
	}
	if d <= 0 || r.closing.Load() {
		return nil
	}
	atomic.StoreUint32(r.armed, 1)
	if atomic.LoadUint64(r.head) == r.pos && !r.closing.Load() {
		ts := unix.NsecToTimespec(int64(d))
		// EINTR, EAGAIN and ETIMEDOUT all mean: look again.
		_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(r.armed)), futexWait, 1,
			uintptr(unsafe.Pointer(&ts)), 0, 0)
	}
	atomic.StoreUint32(r.armed, 0)
	return nil
}

// Wake ends a Wait of another goroutine, and with stop every later one.
func (r *Reader) Wake(stop bool) (err error) {
	defer guard(&err)()
	if stop {
		r.closing.Store(true)
	}
	atomic.StoreUint32(r.armed, 0)
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(r.armed)), futexWake, 1, 0, 0, 0)
	return nil
}

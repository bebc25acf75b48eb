package collector

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime/debug"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// marks remember, across a kill of the collector, which records behind the tail
// of a ring are delivered: the tail itself can only move up to the oldest span
// whose trace is still open. They live in `<ring>.done` beside the ring, mapped,
// one byte for each 64 bytes of the ring; no two records of that size start in the
// same 64 bytes, and shorter ones, which are notes, have no mark. A byte holds the lap of the ring it was set in, so it cannot stand for
// the record that is written there a lap later.
//
// Layout: "HOOFDONE", u64 ring size, i64 creation of the ring, u64 flags, zero
// up to 64; then the bytes. A nil *marks remembers nothing.
type marks struct {
	m    []byte
	size uint64 // of the ring
	// suspect: the last collector of this ring was killed, and what it was
	// sending at that moment is not marked though it may have arrived.
	suspect bool
	// lost: the file was cut short under its mapping. It then remembers nothing.
	lost atomic.Bool
}

const (
	marksMagic       = "HOOFDONE"
	marksHeader      = 64
	marksGranule     = 64
	flagUnfinished   = 1 // the open slots of a dead process are delivered
	flagClean        = 2 // the last collector ended with nothing under way
	marksFlagsOffset = 24
)

// openMarks opens or makes the marks of a ring. Marks of another ring (the name
// of a process may come back) are made anew.
func openMarks(path string, ringSize uint64, created int64) (*marks, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	defer unix.Close(fd)
	size := marksHeader + ringSize/marksGranule
	var want [marksHeader]byte
	copy(want[:], marksMagic)
	binary.LittleEndian.PutUint64(want[8:], ringSize)
	binary.LittleEndian.PutUint64(want[16:], uint64(created))
	var have [marksHeader]byte
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, fmt.Errorf("stat %s: %w", path, err)
	}
	n, _ := unix.Pread(fd, have[:], 0)
	known := n == marksHeader && st.Size == int64(size) && string(have[:marksFlagsOffset]) == string(want[:marksFlagsOffset])
	if !known {
		if err := unix.Ftruncate(fd, 0); err != nil {
			return nil, fmt.Errorf("empty %s: %w", path, err)
		}
		// Allocated, not sparse: a full tmpfs must not become a SIGBUS.
		if err := unix.Fallocate(fd, 0, 0, int64(size)); err != nil {
			return nil, fmt.Errorf("allocate %d bytes for %s: %w", size, path, err)
		}
		if _, err := unix.Pwrite(fd, want[:], 0); err != nil {
			return nil, fmt.Errorf("write %s: %w", path, err)
		}
	}
	m, err := unix.Mmap(fd, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	k := &marks{m: m, size: ringSize}
	k.suspect = known && !k.has(flagClean)
	k.clear(flagClean)
	return k, nil
}

// survive is deferred with the old state of SetPanicOnFault where the mapping is
// used: whoever owns the run directory may cut its files short.
func (k *marks) survive(old bool) {
	debug.SetPanicOnFault(old)
	if e := recover(); e != nil {
		if _, fault := e.(interface{ Addr() uintptr }); !fault {
			panic(e)
		}
		k.lost.Store(true)
	}
}

func (k *marks) at(pos uint64) (*byte, byte) {
	return &k.m[marksHeader+(pos&(k.size-1))/marksGranule], byte(pos/k.size%255) + 1
}

func (k *marks) usable() bool { return k != nil && !k.lost.Load() }

func (k *marks) set(pos uint64) {
	if k.usable() {
		defer k.survive(debug.SetPanicOnFault(true))
		b, lap := k.at(pos)
		*b = lap
	}
}

func (k *marks) isSet(pos uint64) bool {
	if !k.usable() {
		return false
	}
	defer k.survive(debug.SetPanicOnFault(true))
	b, lap := k.at(pos)
	return *b == lap
}

func (k *marks) flags() *uint64 { return (*uint64)(unsafe.Pointer(&k.m[marksFlagsOffset])) }

func (k *marks) has(flag uint64) bool {
	if !k.usable() {
		return false
	}
	defer k.survive(debug.SetPanicOnFault(true))
	return atomic.LoadUint64(k.flags())&flag != 0
}

func (k *marks) add(flag uint64) {
	if k.usable() {
		defer k.survive(debug.SetPanicOnFault(true))
		atomic.OrUint64(k.flags(), flag)
	}
}

func (k *marks) clear(flag uint64) {
	if k.usable() {
		defer k.survive(debug.SetPanicOnFault(true))
		atomic.AndUint64(k.flags(), ^flag)
	}
}

func (k *marks) setUnfinished()   { k.add(flagUnfinished) }
func (k *marks) setClean()        { k.add(flagClean) }
func (k *marks) unfinished() bool { return k.has(flagUnfinished) }

func (k *marks) close() {
	if k != nil && k.m != nil {
		_ = unix.Munmap(k.m)
		k.m = nil
	}
}

func removeMarks(path string) { _ = os.Remove(path) }

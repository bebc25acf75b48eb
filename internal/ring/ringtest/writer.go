// Package ringtest writes rings as a traced process does, for the tests of
// their readers. It is the format in Go, written from FORMAT.md alone.
package ringtest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"hoofprint/internal/ring"
	"hoofprint/internal/span"
)

const (
	slotsOffset   = 4096
	slotCount     = 4096
	stringsOffset = slotsOffset + slotCount*64
	stringsSize   = 2 << 20
	ringOffset    = stringsOffset + stringsSize
)

// Writer writes one ring. Not safe for concurrent use.
type Writer struct {
	Path string

	file []byte // header, slots and strings
	ring []byte
	ids  map[string]uint32
	seen map[string]bool
	rec  []byte
	tail []byte // inline bytes of the record under construction
	free []int
	open map[uint64]int
}

// StartTime is field 22 of /proc/<pid>/stat: clock ticks since boot.
func StartTime(pid int) (uint64, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	return strconv.ParseUint(fields[19], 10, 64)
}

// Create makes the ring of this process in dir.
func Create(dir string, ringSize int, d ring.Description) (*Writer, error) {
	start, err := StartTime(os.Getpid())
	if err != nil {
		return nil, err
	}
	return CreateFor(dir, os.Getpid(), start, 0, ringSize, d)
}

// CreateFor makes the nth ring of any process in dir.
func CreateFor(dir string, pid int, start uint64, n, ringSize int, d ring.Description) (*Writer, error) {
	name := fmt.Sprintf("%d-%d.ring", pid, start)
	if n > 0 {
		name = fmt.Sprintf("%d-%d-%d.ring", pid, start, n)
	}
	tmp := filepath.Join(dir, fmt.Sprintf(".%d-%d.%08x.tmp", pid, start, time.Now().UnixNano()&0xffffffff))
	fd, err := unix.Open(tmp, unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	w, err := CreateFD(fd, pid, start, ringSize, d)
	if err != nil {
		return nil, err
	}
	w.Path = filepath.Join(dir, name)
	return w, os.Rename(tmp, w.Path)
}

// CreateFD makes a ring in an empty file, which may be a memfd.
func CreateFD(fd, pid int, start uint64, ringSize int, d ring.Description) (*Writer, error) {
	if err := unix.Fallocate(fd, 0, 0, int64(ringOffset+ringSize)); err != nil {
		return nil, err
	}
	m, err := unix.Mmap(fd, 0, ringOffset+ringSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	w := &Writer{file: m[:ringOffset], ring: m[ringOffset:], ids: map[string]uint32{}, seen: map[string]bool{}, open: map[uint64]int{}}
	le := binary.LittleEndian
	h := w.file
	le.PutUint32(h[8:], 1)
	le.PutUint32(h[12:], 4096)
	le.PutUint64(h[16:], slotsOffset)
	le.PutUint32(h[24:], slotCount)
	le.PutUint32(h[28:], 64)
	le.PutUint64(h[32:], stringsOffset)
	le.PutUint64(h[40:], stringsSize)
	le.PutUint64(h[48:], ringOffset)
	le.PutUint64(h[56:], uint64(ringSize))
	le.PutUint32(h[64:], uint32(pid))
	le.PutUint64(h[72:], start)
	le.PutUint64(h[80:], uint64(time.Now().UnixNano()))
	le.PutUint32(h[92:], 2)
	desc, err := json.Marshal(d)
	if err != nil || len(desc) > 3644 {
		return nil, fmt.Errorf("process description of %d bytes: %v", len(desc), err)
	}
	le.PutUint32(h[448:], uint32(len(desc)))
	copy(h[452:], desc)
	w.Intern("")
	for i := slotCount - 1; i >= 0; i-- {
		w.free = append(w.free, i)
	}
	copy(h, "HOOFRING")
	return w, nil
}

func (w *Writer) word(off int) *uint64 { return (*uint64)(unsafe.Pointer(&w.file[off])) }

// Head, Tail and Dropped are the counters of the header.
func (w *Writer) Head() uint64    { return atomic.LoadUint64(w.word(256)) }
func (w *Writer) Tail() uint64    { return atomic.LoadUint64(w.word(320)) }
func (w *Writer) Dropped() uint64 { return atomic.LoadUint64(w.word(272)) }

// File and Ring are the mapped bytes, for tests that damage them.
func (w *Writer) File() []byte { return w.file }
func (w *Writer) Ring() []byte { return w.ring }

// Intern returns the id of s, false when the table is full.
func (w *Writer) Intern(s string) (uint32, bool) {
	if id, ok := w.ids[s]; ok {
		return id, true
	}
	head := w.word(264)
	size := 4 + (uint64(len(s))+3)&^3
	if *head+size > stringsSize || len(w.ids) == 65536 {
		return 0, false
	}
	at := w.file[stringsOffset+*head:]
	binary.LittleEndian.PutUint32(at, uint32(len(s)))
	copy(at[4:], s)
	id := uint32(len(w.ids))
	w.ids[s] = id
	atomic.StoreUint64(head, *head+size)
	return id, true
}

func (w *Writer) ref(s string, atOnce bool) uint32 {
	if id, ok := w.ids[s]; ok {
		return id
	}
	if atOnce || len(s) <= 128 && w.seen[s] {
		if id, ok := w.Intern(s); ok {
			return id
		}
	}
	w.seen[s] = true
	w.bytes([]byte(s))
	return 1<<31 | uint32(len(s))
}

func (w *Writer) bytes(b []byte) {
	w.tail = append(w.tail, b...)
	for len(w.tail)%8 != 0 {
		w.tail = append(w.tail, 0)
	}
}

func (w *Writer) entry(a, b uint32) {
	w.rec = binary.LittleEndian.AppendUint32(w.rec, a)
	w.rec = binary.LittleEndian.AppendUint32(w.rec, b)
}

func (w *Writer) flushInline() {
	w.rec = append(w.rec, w.tail...)
	w.tail = w.tail[:0]
}

// Span writes a finished span; false when the ring is full.
func (w *Writer) Span(s *span.Span, localRoot uint64, flags uint16) bool {
	atomic.AddUint64(w.word(280), 1)
	return w.record(1, byte(s.Error), flags, s, localRoot)
}

// Trace writes a decision about a local trace that is still open.
func (w *Writer) Trace(id span.TraceID, localRoot uint64, priority int8, tags []span.Tag, metrics []span.Metric) bool {
	return w.record(2, byte(priority), 0, &span.Span{TraceID: id, Tags: tags, Metrics: metrics}, localRoot)
}

// Note writes what the process tells its collector.
func (w *Writer) Note(note []byte) bool {
	le := binary.LittleEndian
	b := append(w.rec[:0], make([]byte, 16)...)
	b[4] = 3
	le.PutUint32(b[8:], uint32(len(note)))
	b = append(b, note...)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	le.PutUint32(b, uint32(len(b)))
	w.rec = b
	return w.Raw(b)
}

// Control is the word that a collector raises when it has changed the control file.
func (w *Writer) Control() uint32 {
	return atomic.LoadUint32((*uint32)(unsafe.Pointer(&w.file[388])))
}

func (w *Writer) record(kind, e byte, flags uint16, s *span.Span, localRoot uint64) bool {
	le := binary.LittleEndian
	w.rec = append(w.rec[:0], make([]byte, 88)...)
	b := w.rec
	b[4], b[5] = kind, e
	le.PutUint16(b[6:], flags)
	le.PutUint64(b[8:], s.TraceID.High)
	le.PutUint64(b[16:], s.TraceID.Low)
	le.PutUint64(b[24:], s.ID)
	le.PutUint64(b[32:], s.ParentID)
	le.PutUint64(b[40:], uint64(s.Start))
	le.PutUint64(b[48:], uint64(s.Duration))
	le.PutUint64(b[56:], localRoot)
	le.PutUint32(b[64:], w.ref(s.Name, true))
	le.PutUint32(b[68:], w.ref(s.Service, true))
	le.PutUint32(b[72:], w.ref(s.Resource, false))
	le.PutUint32(b[76:], w.ref(s.Type, true))
	le.PutUint16(b[80:], uint16(len(s.Tags)))
	le.PutUint16(b[82:], uint16(len(s.Metrics)))
	le.PutUint16(b[84:], uint16(len(s.Structs)))
	w.flushInline()
	for _, t := range s.Tags {
		key := w.ref(t.Key, true)
		w.entry(key, w.ref(t.Value, false))
		w.flushInline()
	}
	for _, m := range s.Metrics {
		w.entry(w.ref(m.Key, true), 0)
		w.rec = le.AppendUint64(w.rec, math.Float64bits(m.Value))
		w.flushInline()
	}
	for _, m := range s.Structs {
		w.entry(w.ref(m.Key, true), uint32(len(m.Value)))
		w.bytes(m.Value)
		w.flushInline()
	}
	le.PutUint32(w.rec, uint32(len(w.rec)))
	return w.Raw(w.rec)
}

// Raw writes the bytes of a record as they are.
func (w *Writer) Raw(rec []byte) bool {
	head, size := w.Head(), uint64(len(w.ring))
	if head+uint64(len(rec))-w.Tail() > size {
		atomic.AddUint64(w.word(272), 1)
		return false
	}
	n := copy(w.ring[head&(size-1):], rec)
	copy(w.ring, rec[n:])
	atomic.StoreUint64(w.word(256), head+uint64(len(rec)))
	armed := (*uint32)(unsafe.Pointer(&w.file[384]))
	if atomic.LoadUint32(armed) == 1 && (head-w.Tail() > size/2 || head == w.Tail()) {
		atomic.StoreUint32(armed, 0)
		_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(armed)), 1, 1, 0, 0, 0)
	}
	return true
}

// Open takes a slot for a span that runs.
func (w *Writer) Open(s *span.Span, localRoot uint64) {
	if len(w.free) == 0 {
		return
	}
	i := w.free[len(w.free)-1]
	w.free = w.free[:len(w.free)-1]
	w.open[s.ID] = i
	le := binary.LittleEndian
	b := w.file[slotsOffset+64*i:]
	le.PutUint64(b[8:], s.TraceID.High)
	le.PutUint64(b[16:], s.TraceID.Low)
	le.PutUint64(b[24:], s.ParentID)
	le.PutUint64(b[32:], uint64(s.Start))
	le.PutUint64(b[40:], localRoot)
	for off, text := range map[int]string{48: s.Name, 52: s.Service, 56: s.Resource} {
		id, _ := w.Intern(text)
		le.PutUint32(b[off:], id)
	}
	le.PutUint32(b[60:], uint32(unix.Gettid()))
	atomic.StoreUint64((*uint64)(unsafe.Pointer(&b[0])), s.ID)
}

// Finished gives the slot of a span back.
func (w *Writer) Finished(id uint64) {
	if i, ok := w.open[id]; ok {
		atomic.StoreUint64((*uint64)(unsafe.Pointer(&w.file[slotsOffset+64*i])), 0)
		w.free = append(w.free, i)
		delete(w.open, id)
	}
}

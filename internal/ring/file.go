package ring

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ErrInvalid says that a file is no ring that this version can read.
var ErrInvalid = errors.New("not a readable ring file")

// Open maps the ring file at path, which must belong to this user.
func Open(path string) (*Reader, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open ring %s: %w", path, err)
	}
	defer unix.Close(fd)
	return OpenFD(fd, filepath.Base(path))
}

// OpenFD maps the ring behind fd, a file or a memfd; name is for messages. The
// descriptor stays the caller's.
func OpenFD(fd int, name string) (*Reader, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, fmt.Errorf("stat ring %s: %w", name, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, fmt.Errorf("ring %s: %w: no regular file", name, ErrInvalid)
	}
	if int(st.Uid) != os.Geteuid() && os.Geteuid() != 0 {
		return nil, fmt.Errorf("ring %s: %w: it belongs to user %d", name, ErrInvalid, st.Uid)
	}
	if st.Size < headerSize {
		return nil, fmt.Errorf("ring %s: %w: %d bytes are no header", name, ErrInvalid, st.Size)
	}
	// The header is read once into private memory, so that what was checked is
	// what is used.
	var h [headerSize]byte
	if n, err := unix.Pread(fd, h[:], 0); err != nil || n != headerSize {
		return nil, fmt.Errorf("read header of ring %s: %d bytes, %v", name, n, err)
	}
	l, err := parseLayout(&h, uint64(st.Size))
	if err != nil {
		return nil, fmt.Errorf("ring %s: %w: %v", name, ErrInvalid, err)
	}
	r := &Reader{
		name:      name,
		size:      l.ringSize,
		pid:       binary.LittleEndian.Uint32(h[offPID:]),
		startTime: binary.LittleEndian.Uint64(h[offStartTime:]),
		created:   int64(binary.LittleEndian.Uint64(h[offCreated:])),
	}
	if err := json.Unmarshal(l.description, &r.description); err != nil {
		return nil, fmt.Errorf("ring %s: %w: process description: %v", name, ErrInvalid, err)
	}
	if err := r.mapFile(fd, l); err != nil {
		return nil, fmt.Errorf("map ring %s: %w", name, err)
	}
	r.pos, err = r.Tail()
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// layout holds the checked values of a header.
type layout struct {
	slots, slotCount     uint64
	strings, stringsSize uint64
	ring, ringSize       uint64
	description          []byte
}

func parseLayout(h *[headerSize]byte, fileSize uint64) (layout, error) {
	le := binary.LittleEndian
	l := layout{
		slots:       le.Uint64(h[offSlots:]),
		slotCount:   uint64(le.Uint32(h[offSlotCount:])),
		strings:     le.Uint64(h[offStrings:]),
		stringsSize: le.Uint64(h[offStringsSize:]),
		ring:        le.Uint64(h[offRing:]),
		ringSize:    le.Uint64(h[offRingSize:]),
	}
	if string(h[offMagic:offMagic+8]) != magic {
		return l, errors.New("no magic")
	}
	if v := le.Uint32(h[offVersion:]); v != version {
		return l, fmt.Errorf("version %d, this collector reads %d", v, version)
	}
	if le.Uint32(h[offHeaderSize:]) != headerSize || le.Uint32(h[offSlotSize:]) != slotSize {
		return l, errors.New("unknown header or slot size")
	}
	if l.slotCount > maxSlotCount || l.stringsSize > maxStringsSize || l.stringsSize%4096 != 0 {
		return l, fmt.Errorf("%d slots, %d bytes of strings", l.slotCount, l.stringsSize)
	}
	if l.ringSize < minRingSize || l.ringSize > maxRingSize || l.ringSize&(l.ringSize-1) != 0 {
		return l, fmt.Errorf("ring of %d bytes", l.ringSize)
	}
	// Regions are page-aligned, in the order of FORMAT.md, without overlap. No
	// sum can overflow: each offset is first checked against the file.
	for _, offset := range []uint64{l.slots, l.strings, l.ring} {
		if offset%4096 != 0 || offset > fileSize {
			return l, fmt.Errorf("region at %d of %d bytes", offset, fileSize)
		}
	}
	if l.slots < headerSize || l.slots+l.slotCount*slotSize > l.strings ||
		l.strings+l.stringsSize > l.ring || l.ring+l.ringSize > fileSize {
		return l, errors.New("regions overlap or exceed the file")
	}
	n := le.Uint32(h[offDescriptionSz:])
	if n > maxDescription {
		return l, fmt.Errorf("process description of %d bytes", n)
	}
	l.description = h[offDescription : offDescription+n]
	return l, nil
}

// mappings are what Close undoes.
type mappings struct{ header, regions, ring mapping }

type mapping struct {
	at   unsafe.Pointer
	size uintptr
}

func (m *mapping) unmap() {
	if m.at != nil {
		_ = unix.MunmapPtr(m.at, m.size)
		m.at = nil
	}
}

func (m *mapping) bytes() []byte { return unsafe.Slice((*byte)(m.at), m.size) }

// mapFile maps the header writable, the regions for reading, and the ring twice
// in a row, so that no record has a seam.
func (r *Reader) mapFile(fd int, l layout) (err error) {
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	m := &r.maps
	if m.header, err = mapAt(nil, headerSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED, fd, 0); err != nil {
		return err
	}
	if m.regions, err = mapAt(nil, uintptr(l.ring), unix.PROT_READ, unix.MAP_SHARED, fd, 0); err != nil {
		return err
	}
	if m.ring, err = mapAt(nil, uintptr(2*l.ringSize), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS, -1, 0); err != nil {
		return err
	}
	for i := range uint64(2) {
		at := unsafe.Add(m.ring.at, i*l.ringSize)
		if _, err = mapAt(at, uintptr(l.ringSize), unix.PROT_READ, unix.MAP_SHARED|unix.MAP_FIXED, fd, int64(l.ring)); err != nil {
			return err
		}
	}
	header, regions := m.header.bytes(), m.regions.bytes()
	r.head = (*uint64)(unsafe.Pointer(&header[offHead]))
	r.tail = (*uint64)(unsafe.Pointer(&header[offTail]))
	r.armed = (*uint32)(unsafe.Pointer(&header[offArmed]))
	r.control = (*uint32)(unsafe.Pointer(&header[offControl]))
	r.dropped = (*uint64)(unsafe.Pointer(&header[offDropped]))
	r.finished = (*uint64)(unsafe.Pointer(&header[offFinished]))
	r.foreign = (*uint64)(unsafe.Pointer(&header[offForeign]))
	r.slots = regions[l.slots : l.slots+l.slotCount*slotSize]
	r.ring = m.ring.bytes()
	r.strings.region = regions[l.strings : l.strings+l.stringsSize]
	r.strings.head = (*uint64)(unsafe.Pointer(&header[offStringHead]))
	return nil
}

func mapAt(at unsafe.Pointer, size uintptr, prot, flags, fd int, offset int64) (mapping, error) {
	p, err := unix.MmapPtr(fd, offset, at, size, prot, flags)
	if err != nil {
		return mapping{}, fmt.Errorf("mmap %d bytes at offset %d: %w", size, offset, err)
	}
	return mapping{p, size}, nil
}

// Close unmaps the file. Records read before stay valid.
func (r *Reader) Close() {
	r.maps.header.unmap()
	r.maps.regions.unmap()
	r.maps.ring.unmap()
}

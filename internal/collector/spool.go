package collector

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/v04"
)

// spool keeps payloads on disk, in order, while their agent is away.
//
// A directory `<root>/<name>` belongs to one collector at a time (flock on
// `lock`) and to one agent (its URL in `url`). Segments `<n>.seg` hold entries
// {u32 magic, u32 crc of what follows the head, u32 length of the meta JSON, u32
// length of the payload, u32 spans, u32 state: 0 waiting, 1 done}, the meta, the
// payload as v0.4.
//
// Writes are not synced one by one: the page cache outlives the collector, and a
// machine that crashes takes the rings in its memory along anyway. A full
// segment is synced once.
type spool struct {
	dir   string
	max   int64
	lock  *os.File
	found bool // the head of the queue may be delivered: its owner was killed
	queue []spooled
	spans int // waiting
	bytes int64
	file  *os.File // the last segment, while it grows
	last  uint64   // its number
	size  int64    // its size
	raw   []byte   // payload that first has read last
}

// spooled says where an entry is.
type spooled struct {
	segment uint64
	offset  int64
	length  int64
	spans   int
}

type spoolMeta struct {
	ID     string      `json:"id"`
	Client span.Client `json:"client"`
	Repeat bool        `json:"repeat,omitempty"` // see MayRepeat
	// Stats: the payload is one of client stats, as it is to be sent.
	Stats      bool `json:"stats,omitempty"`
	Obfuscated bool `json:"obfuscated,omitempty"`
}

const (
	spoolMagic = 0x50464f48 // "HOFP"
	spoolHead  = 24
)

var errSpoolBusy = errors.New("the spool directory belongs to another collector")

// claimSpool opens a spool for an agent below root: one that an earlier collector
// left, else, with create, a new one. Without, nil when none was left.
func claimSpool(root, url string, max int64, create bool) (*spool, error) {
	sum := sha256.Sum256([]byte(url))
	name := filepath.Join(root, hex.EncodeToString(sum[:6]))
	for i := range 64 {
		dir := fmt.Sprintf("%s-%d", name, i)
		if _, err := os.Stat(dir); err != nil && !create {
			continue
		}
		s, err := openSpool(dir, url, max)
		switch {
		case errors.Is(err, errSpoolBusy):
			continue
		case err != nil:
			return nil, err
		case s.empty() && !create:
			s.close()
			continue
		}
		return s, nil
	}
	if create {
		return nil, fmt.Errorf("all 64 spool directories %s-* are taken", name)
	}
	return nil, nil
}

// spooledAgents lists the URLs of agents for which something was left below root.
func spooledAgents(root string) []string {
	names, _ := filepath.Glob(filepath.Join(root, "*", "url"))
	var urls []string
	for _, name := range names {
		if b, err := os.ReadFile(name); err == nil && !slices.Contains(urls, string(b)) {
			if segs, _ := filepath.Glob(filepath.Join(filepath.Dir(name), "*.seg")); len(segs) > 0 {
				urls = append(urls, string(b))
			}
		}
	}
	return urls
}

// openSpool opens or makes a spool directory and finds what waits in it.
func openSpool(dir, url string, max int64) (*spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make spool directory: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open spool lock: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		return nil, errSpoolBusy
	}
	// Its owner may have removed the directory between our open and our lock.
	var held, there unix.Stat_t
	if unix.Fstat(int(lock.Fd()), &held) != nil || unix.Stat(lock.Name(), &there) != nil || held.Ino != there.Ino {
		lock.Close()
		return nil, errSpoolBusy
	}
	if err := os.WriteFile(filepath.Join(dir, "url"), []byte(url), 0o600); err != nil {
		lock.Close()
		return nil, fmt.Errorf("name the agent of spool %s: %w", dir, err)
	}
	s := &spool{dir: dir, max: max, lock: lock}
	if err := s.load(); err != nil {
		lock.Close()
		return nil, err
	}
	return s, nil
}

func (s *spool) path(n uint64) string { return filepath.Join(s.dir, fmt.Sprintf("%012d.seg", n)) }

// load lists the waiting entries of all segments. A segment ends at its first
// damaged entry: a collector was killed while it wrote.
func (s *spool) load() error {
	names, err := filepath.Glob(filepath.Join(s.dir, "*.seg"))
	if err != nil {
		return fmt.Errorf("list spool %s: %w", s.dir, err)
	}
	sort.Strings(names)
	for _, name := range names {
		n, err := strconv.ParseUint(strings.TrimSuffix(filepath.Base(name), ".seg"), 10, 64)
		if err != nil {
			continue
		}
		s.last = max(s.last, n)
		before := len(s.queue)
		size, err := s.loadSegment(n)
		if err != nil {
			return fmt.Errorf("read spool segment %s: %w", name, err)
		}
		if len(s.queue) == before {
			_ = os.Remove(name)
			continue
		}
		s.bytes += size
	}
	s.found = len(s.queue) > 0
	return nil
}

func (s *spool) loadSegment(n uint64) (size int64, err error) {
	f, err := os.Open(s.path(n))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	var head [spoolHead]byte
	for off := int64(0); ; {
		if _, err := f.ReadAt(head[:], off); err != nil {
			return st.Size(), nil
		}
		le := binary.LittleEndian
		length := spoolHead + int64(le.Uint32(head[8:])) + int64(le.Uint32(head[12:]))
		if le.Uint32(head[:]) != spoolMagic || off+length > st.Size() {
			return st.Size(), nil
		}
		if le.Uint32(head[20:]) == 0 {
			e := spooled{segment: n, offset: off, length: length, spans: int(le.Uint32(head[16:]))}
			s.queue = append(s.queue, e)
			s.spans += e.spans
		}
		off += length
	}
}

// append writes a payload behind the others. lost is the number of older spans
// that had to make room.
func (s *spool) append(meta spoolMeta, chunks []span.Chunk, spans int) (lost int, err error) {
	return s.write(meta, v04.Append(nil, chunks), spans)
}

func (s *spool) write(meta spoolMeta, payload []byte, spans int) (lost int, err error) {
	metaJSON, err := json.Marshal(meta)
	if err != nil {
		return 0, fmt.Errorf("encode spool entry: %w", err)
	}
	b := make([]byte, spoolHead, spoolHead+len(metaJSON)+len(payload))
	b = append(b, metaJSON...)
	b = append(b, payload...)
	le := binary.LittleEndian
	le.PutUint32(b, spoolMagic)
	le.PutUint32(b[4:], crc32.ChecksumIEEE(b[spoolHead:]))
	le.PutUint32(b[8:], uint32(len(metaJSON)))
	le.PutUint32(b[12:], uint32(len(b)-spoolHead-len(metaJSON)))
	le.PutUint32(b[16:], uint32(spans))
	if s.file == nil || s.size >= segmentBytes {
		if err := s.roll(); err != nil {
			return 0, err
		}
	}
	if _, err := s.file.WriteAt(b, s.size); err != nil {
		_ = s.file.Truncate(s.size)
		return 0, fmt.Errorf("write to spool %s: %w", s.dir, err)
	}
	s.queue = append(s.queue, spooled{segment: s.last, offset: s.size, length: int64(len(b)), spans: spans})
	s.size += int64(len(b))
	s.bytes += int64(len(b))
	s.spans += spans
	for s.bytes > s.max && len(s.queue) > 1 && s.queue[0].segment != s.last {
		lost += s.dropSegment(s.queue[0].segment)
	}
	return lost, nil
}

func (s *spool) roll() error {
	s.closeWriter()
	f, err := os.OpenFile(s.path(s.last+1), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("start spool segment: %w", err)
	}
	s.file, s.size = f, 0
	s.last++
	return nil
}

func (s *spool) closeWriter() {
	if s.file != nil {
		_ = s.file.Sync()
		_ = s.file.Close()
		s.file = nil
	}
}

// dropSegment forgets the oldest segment: recent spans are worth more.
func (s *spool) dropSegment(n uint64) (lost int) {
	for len(s.queue) > 0 && s.queue[0].segment == n {
		lost += s.queue[0].spans
		s.queue = s.queue[1:]
	}
	s.spans -= lost
	s.remove(n)
	return lost
}

func (s *spool) remove(n uint64) {
	if n == s.last && s.file != nil {
		_ = s.file.Close()
		s.file = nil
	}
	if st, err := os.Stat(s.path(n)); err == nil {
		s.bytes -= st.Size()
	}
	_ = os.Remove(s.path(n))
}

func (s *spool) empty() bool { return len(s.queue) == 0 }

// first reads the oldest waiting payload. A damaged one is an error; done skips it.
func (s *spool) first() (spoolMeta, []span.Chunk, error) {
	e := s.queue[0]
	var meta spoolMeta
	f, err := os.Open(s.path(e.segment))
	if err != nil {
		return meta, nil, fmt.Errorf("read spool: %w", err)
	}
	defer f.Close()
	b := make([]byte, e.length)
	if _, err := io.ReadFull(io.NewSectionReader(f, e.offset, e.length), b); err != nil {
		return meta, nil, fmt.Errorf("read spool: %w", err)
	}
	le := binary.LittleEndian
	if le.Uint32(b[4:]) != crc32.ChecksumIEEE(b[spoolHead:]) {
		return meta, nil, fmt.Errorf("spool segment %s is damaged at byte %d", s.path(e.segment), e.offset)
	}
	split := spoolHead + int(le.Uint32(b[8:]))
	if split > len(b) {
		return meta, nil, fmt.Errorf("spool segment %s is damaged at byte %d", s.path(e.segment), e.offset)
	}
	if err := json.Unmarshal(b[spoolHead:split], &meta); err != nil {
		return meta, nil, fmt.Errorf("decode spool entry: %w", err)
	}
	s.raw = b[split:]
	if meta.Stats {
		return meta, nil, nil
	}
	chunks, err := v04.Decode(b[split:])
	if err != nil {
		return meta, nil, fmt.Errorf("decode spool entry: %w", err)
	}
	meta.Repeat = meta.Repeat || s.found
	return meta, chunks, nil
}

// done removes the oldest payload.
func (s *spool) done() {
	e := s.queue[0]
	s.queue = s.queue[1:]
	s.spans -= e.spans
	s.found = false
	if len(s.queue) == 0 || s.queue[0].segment != e.segment {
		if e.segment != s.last || len(s.queue) == 0 {
			s.remove(e.segment)
			return
		}
	}
	s.markEntry(&e, 1)
}

// mark sets the state of the oldest payload: 1 done, 0 waiting.
func (s *spool) mark(state uint32) { s.markEntry(&s.queue[0], state) }

func (s *spool) markEntry(e *spooled, state uint32) {
	if f, err := os.OpenFile(s.path(e.segment), os.O_WRONLY, 0); err == nil {
		var b [4]byte
		binary.LittleEndian.PutUint32(b[:], state)
		_, _ = f.WriteAt(b[:], e.offset+20)
		_ = f.Close()
	}
}

// close leaves what waits for the next collector, and no empty directory.
func (s *spool) close() {
	s.closeWriter()
	if s.empty() {
		_ = os.RemoveAll(s.dir)
	}
	_ = s.lock.Close()
}

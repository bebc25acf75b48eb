package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"slices"
	"sync/atomic"

	"github.com/klauspost/compress/s2"
)

const walMagic = "HOOFWAL"

// walHeader begins a log: magic and format version.
const walHeader = len(walMagic) + 1

// frameHeader: compressed length, its crc32c, uncompressed length; uint32 each.
const frameHeader = 12

// errVersion says that a newer binary wrote a file.
var errVersion = errors.New("format version")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// wal is the log of one head: frames of spans in the order of Append.
type wal struct {
	file   *os.File
	path   string
	size   int64        // guarded by the store's appendMu, as dirty
	shown  atomic.Int64 // size, for Usage
	dirty  bool         // written since the last sync
	listed bool         // its name in the directory was synced too
}

func createWAL(path string) (*wal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, &Error{Op: "create log", Path: path, Offset: -1, Err: err, Hint: "check space and permissions of the directory"}
	}
	if _, err := f.Write(append([]byte(walMagic), formatVersion)); err != nil {
		f.Close()
		os.Remove(path) // its number is used by the next try
		return nil, &Error{Op: "create log", Path: path, Offset: 0, Err: err, Hint: "check free space"}
	}
	return openedWAL(f, path, int64(walHeader)), nil
}

func openedWAL(f *os.File, path string, size int64) *wal {
	w := &wal{file: f, path: path, size: size, dirty: true}
	w.shown.Store(size)
	return w
}

func (w *wal) bytes() int64 { return w.shown.Load() }

// appendFrame compresses encoded spans into a frame.
func appendFrame(dst, spans []byte) []byte {
	at := len(dst)
	dst = slices.Grow(dst, frameHeader+s2.MaxEncodedLen(len(spans)))[:at+frameHeader]
	packed := s2.Encode(dst[at+frameHeader:cap(dst)], spans)
	dst = dst[:at+frameHeader+len(packed)]
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(packed)))
	binary.LittleEndian.PutUint32(dst[at+4:], crc32.Checksum(packed, castagnoli))
	binary.LittleEndian.PutUint32(dst[at+8:], uint32(len(spans)))
	return dst
}

// write appends frames. When it fails the log is cut back, so that a later
// frame never follows a torn one.
func (w *wal) write(frames []byte) error {
	n, err := w.file.WriteAt(frames, w.size)
	if err == nil {
		w.size += int64(n)
		w.shown.Store(w.size)
		w.dirty = true
		return nil
	}
	hint := "check free space"
	if cut := w.file.Truncate(w.size); cut != nil {
		err = errors.Join(err, cut)
	}
	return &Error{Op: "append to log", Path: w.path, Offset: w.size, Err: err, Hint: hint}
}

func (w *wal) sync() error {
	if err := w.file.Sync(); err != nil {
		return &Error{Op: "sync log", Path: w.path, Offset: -1, Err: err, Hint: "check the disk; spans of the last second may be lost at power loss"}
	}
	return nil
}

func (w *wal) close() error { return w.file.Close() }

// replayed is what a log held.
type replayed struct {
	good    int64 // length up to which the log is readable
	damaged int   // frames skipped before that
}

// replayWAL calls f for every span of a log, in order. A torn frame ends the
// log: it was never acknowledged. A damaged one in the middle is skipped. The
// error is typed and says what was left out; the spans before it were given.
func replayWAL(path string, data []byte, f func(*row)) (out replayed, err error) {
	bad := func(why string, args ...any) error {
		return &Error{Op: "replay log", Path: path, Offset: out.good, Err: fmt.Errorf(why, args...),
			Hint: "at the end of a log this is a write that was cut short and never acknowledged; elsewhere check the disk"}
	}
	if len(data) < walHeader || string(data[:len(walMagic)]) != walMagic {
		return out, bad("no log header")
	}
	if v := data[len(walMagic)]; v != formatVersion {
		return out, &Error{Op: "replay log", Path: path, Offset: 0, Err: fmt.Errorf("%w %d, this binary reads %d", errVersion, v, formatVersion),
			Hint: "use the hoofprint version that wrote it"}
	}
	out.good = int64(walHeader)
	data = data[walHeader:]
	for len(data) > 0 {
		if len(data) < frameHeader {
			return out, errors.Join(err, bad("%d bytes are no frame header", len(data)))
		}
		packed := binary.LittleEndian.Uint32(data)
		if uint64(packed) > uint64(len(data)-frameHeader) {
			return out, errors.Join(err, bad("frame of %d bytes is torn", packed))
		}
		frame := data[:frameHeader+int(packed)]
		data = data[len(frame):]
		if e := replayFrame(frame, f); e != nil {
			if len(data) == 0 { // the tail: a torn write may have its length
				return out, errors.Join(err, bad("last frame: %w", e))
			}
			err = errors.Join(err, bad("frame skipped: %w", e))
			out.damaged++
		}
		out.good += int64(len(frame))
	}
	return out, err
}

// replayFrame calls f for the spans of one frame, if its checksum is right.
func replayFrame(frame []byte, f func(*row)) error {
	sum, size := binary.LittleEndian.Uint32(frame[4:]), binary.LittleEndian.Uint32(frame[8:])
	body := frame[frameHeader:]
	if crc32.Checksum(body, castagnoli) != sum {
		return errors.New("checksum mismatch")
	}
	if n, err := s2.DecodedLen(body); err != nil || uint64(n) != uint64(size) || n > maxFrame {
		return fmt.Errorf("claims %d bytes", size)
	}
	spans, err := s2.Decode(nil, body)
	if err != nil {
		return err
	}
	r := spanReader{data: text(spans)}
	for r.more() {
		var s row
		if err := r.next(&s); err != nil {
			return fmt.Errorf("span at %d: %w", r.pos, err)
		}
		f(&s)
	}
	return nil
}

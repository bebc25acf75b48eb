package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sync/atomic"
	"unsafe"

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
	file  *os.File
	path  string
	size  int64        // guarded by the store's appendMu, as dirty
	shown atomic.Int64 // size, for Usage
	dirty bool         // written since the last sync
}

func createWAL(path string) (*wal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, &Error{Op: "create log", Path: path, Offset: -1, Err: err, Hint: "check space and permissions of the directory"}
	}
	if _, err := f.Write(append([]byte(walMagic), formatVersion)); err != nil {
		f.Close()
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
	dst = append(dst, make([]byte, frameHeader)...)
	buf := make([]byte, s2.MaxEncodedLen(len(spans)))
	packed := s2.Encode(buf, spans)
	dst = append(dst, packed...)
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

// replayWAL calls f for every span of a log, in order. A torn or damaged frame
// ends the log: what follows was never acknowledged. It returns the length up to
// which the log is good, and a typed error when something was cut off.
func replayWAL(path string, file io.Reader, f func(*row)) (good int64, err error) {
	data, err := io.ReadAll(file)
	if err != nil {
		return 0, &Error{Op: "read log", Path: path, Offset: -1, Err: err, Hint: "check the disk"}
	}
	bad := func(why string, args ...any) (int64, error) {
		return good, &Error{Op: "replay log", Path: path, Offset: good, Err: fmt.Errorf(why, args...),
			Hint: "what follows was not acknowledged, or the disk damaged it; the spans before it are kept"}
	}
	if len(data) < walHeader || string(data[:len(walMagic)]) != walMagic {
		return bad("no log header")
	}
	if v := data[len(walMagic)]; v != formatVersion {
		return 0, &Error{Op: "replay log", Path: path, Offset: 0, Err: fmt.Errorf("%w %d, this binary reads %d", errVersion, v, formatVersion),
			Hint: "use the hoofprint version that wrote it"}
	}
	good = int64(walHeader)
	data = data[walHeader:]
	var s row
	for len(data) > 0 {
		if len(data) < frameHeader {
			return bad("%d bytes are no frame header", len(data))
		}
		packed, sum, size := binary.LittleEndian.Uint32(data), binary.LittleEndian.Uint32(data[4:]), binary.LittleEndian.Uint32(data[8:])
		if uint64(packed) > uint64(len(data)-frameHeader) {
			return bad("frame of %d bytes is torn", packed)
		}
		body := data[frameHeader : frameHeader+int(packed)]
		if crc32.Checksum(body, castagnoli) != sum {
			return bad("checksum mismatch")
		}
		if n, err := s2.DecodedLen(body); err != nil || uint32(n) != size || n > maxFrame {
			return bad("frame claims %d bytes", size)
		}
		spans, err := s2.Decode(nil, body)
		if err != nil {
			return bad("%w", err)
		}
		r := spanReader{data: unsafe.String(unsafe.SliceData(spans), len(spans))}
		for r.more() {
			if err := r.next(&s); err != nil {
				return bad("span at %d of the frame: %w", r.pos, err)
			}
			f(&s)
		}
		data = data[frameHeader+int(packed):]
		good += int64(frameHeader) + int64(packed)
	}
	return good, nil
}

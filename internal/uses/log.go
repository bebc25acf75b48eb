package uses

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// A log holds what a Store was told: its magic and version, then frames {u32 length,
// u32 crc32c, JSON}. It may begin with a state, which stands for all that was told
// before. Taking a report twice changes nothing, so a log can be cut, copied or
// written anew at any moment.
const (
	logMagic    = "HOOFUSE\x01"
	frameHeader = 8
	maxFrame    = 256 << 20
	maxLog      = 1 << 30
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	errForeign = errors.New("it is no log of uses, or one of a newer hoofprint")
)

// entry is the content of a frame.
type entry struct {
	State  *state  `json:"state,omitempty"`
	Report *Report `json:"report,omitempty"`
}

func appendFrame(dst []byte, e entry) ([]byte, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(body)))
	dst = binary.LittleEndian.AppendUint32(dst, crc32.Checksum(body, castagnoli))
	return append(dst, body...), nil
}

// replay gives a log to a tally. good is the length up to which it can be read:
// what follows was never acknowledged, or is damaged.
func replay(data []byte, t *tally) (good int, err error) {
	if len(data) < len(logMagic) || string(data[:len(logMagic)]) != logMagic {
		return 0, errForeign
	}
	good = len(logMagic)
	for good < len(data) {
		rest := data[good:]
		if len(rest) < frameHeader {
			return good, io.ErrUnexpectedEOF
		}
		length := binary.LittleEndian.Uint32(rest)
		if length > maxFrame || int(length) > len(rest)-frameHeader {
			return good, io.ErrUnexpectedEOF
		}
		body := rest[frameHeader : frameHeader+int(length)]
		if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(rest[4:]) {
			return good, fmt.Errorf("checksum mismatch at %d", good)
		}
		var e entry
		if err := json.Unmarshal(body, &e); err != nil {
			return good, fmt.Errorf("read frame at %d: %w", good, err)
		}
		if e.State != nil {
			t.restore(*e.State)
		}
		if e.Report != nil {
			t.take(*e.Report)
		}
		good += frameHeader + int(length)
	}
	return good, nil
}

// load reads a log; one that is not there is empty.
func load(path string, t *tally) (good int, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxLog))
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", path, err)
	}
	if len(data) == 0 {
		return 0, nil
	}
	return replay(data, t)
}

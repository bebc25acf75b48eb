package parquet

import (
	"errors"
	"math"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/format"

	"hoofprint/internal/span"
)

// file is an immutable Parquet file, mapped while it is referenced.
type file struct {
	path           string
	zstd           *zstd.Decoder // shared; DecodeAll is safe for concurrent use
	data           []byte
	oldest, newest int64 // start
	spans, size    int64
	written        int64 // Unix ns; a clock that was ahead may be wrong about it
	groups         []*rowGroup

	refs  atomic.Int64
	asked atomic.Int64 // questions so far

	// The sealer's: what it last saw of asked, when that changed, and whether
	// pages may be mapped since.
	askedBefore int64
	askedAt     time.Time
	mapped      bool
}

// rowGroup is what the footer says about one row group.
type rowGroup struct {
	rows           int
	oldest, newest int64
	columns        []*chunkMeta
	byID           map[columnID]*chunkMeta
	traceFilter    bloom.SplitBlockFilter // in memory: every trace lookup asks it
}

// chunkMeta is what the footer says about one column chunk.
type chunkMeta struct {
	id       columnID
	name     string
	typ      kind
	required bool
	codec    format.CompressionCodec
	nulls    int
	offset   int64 // first byte: the dictionary page, if there is one
	size     int64
	coded    bool
	index    [2]int64 // offset and length of the offset index
	bloom    [2]int64
	minMax   [2]int64
}

var errNotParquet = errors.New("not a whole Parquet file")

// openFile maps a file and reads its footer. It holds one reference.
func openFile(path string, z *zstd.Decoder) (*file, error) {
	fd, err := os.Open(path)
	if err != nil {
		return nil, &Error{Op: "open file", Path: path, Offset: -1, Err: err, Hint: "check permissions"}
	}
	defer fd.Close()
	info, err := fd.Stat()
	if err != nil {
		return nil, &Error{Op: "open file", Path: path, Offset: -1, Err: err}
	}
	if info.Size() < int64(2*len(parquetMagic)+4+guardSize) || info.Size() > math.MaxInt32*1024 {
		return nil, &Error{Op: "open file", Path: path, Offset: 0, Err: errNotParquet, Hint: "restore it from a backup or remove it"}
	}
	data, err := syscall.Mmap(int(fd.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, &Error{Op: "map file", Path: path, Offset: -1, Err: err, Hint: "raise vm.max_map_count or the memory limit"}
	}
	f, err := parseFile(path, data, z)
	if err != nil {
		syscall.Munmap(data)
		return nil, err
	}
	f.written = info.ModTime().UnixNano()
	return f, nil
}

// unreadable stands for a file or log that cannot be read. It holds no spans, but
// takes room and ages like any other.
func unreadable(path string, info os.FileInfo) *file {
	written := info.ModTime().UnixNano()
	f := &file{path: path, size: info.Size(), oldest: written, newest: written, written: written}
	f.refs.Store(1)
	return f
}

// newDecoder makes the decompressor of a store's files.
func newDecoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxPage))
}

// parseFile reads the footer of a whole file in memory.
func parseFile(path string, data []byte, z *zstd.Decoder) (*file, error) {
	f := &file{path: path, data: data, zstd: z, size: int64(len(data)), oldest: math.MaxInt64, newest: math.MinInt64}
	f.refs.Store(1)
	footer, offset, err := guardedFooter(data)
	if err == nil {
		err = f.parseFooter(footer)
	}
	if err != nil {
		hint := "restore it from a backup or remove it"
		if errors.Is(err, errVersion) {
			hint = "use the hoofprint version that wrote it"
		}
		return nil, &Error{Op: "open file", Path: path, Offset: offset, Err: err, Hint: hint}
	}
	return f, nil
}

func (f *file) retain() {
	f.refs.Add(1)
	f.asked.Add(1)
}

// release drops a reference; the last one unmaps the file.
func (f *file) release() {
	if f.refs.Add(-1) == 0 && f.data != nil {
		syscall.Munmap(f.data)
		f.data = nil
	}
}

// parts returns a reader of each row group, for one question.
func (f *file) parts() []part {
	out := make([]part, len(f.groups))
	for i, g := range f.groups {
		out[i] = &filePart{f: f, g: g}
	}
	return out
}

// filePart is a row group as one question reads it. It keeps what was decoded
// until it is told to forget.
type filePart struct {
	f       *file
	g       *rowGroup
	columns map[columnID]*fileColumn
}

func (p *filePart) rows() int                     { return p.g.rows }
func (p *filePart) times() (oldest, newest int64) { return p.g.oldest, p.g.newest }
func (p *filePart) forget()                       { p.columns = nil }
func (p *filePart) mayHoldTrace(id span.TraceID) bool {
	return p.g.traceFilter == nil || p.g.traceFilter.Check(hashTraceID(id))
}

func (p *filePart) column(id columnID) column {
	if c := p.columns[id]; c != nil {
		return c
	}
	m := p.g.byID[id]
	if m == nil {
		return nil
	}
	return p.open(m)
}

func (p *filePart) open(m *chunkMeta) *fileColumn {
	if c := p.columns[m.id]; c != nil {
		return c
	}
	if p.columns == nil {
		p.columns = make(map[columnID]*fileColumn)
	}
	c := &fileColumn{f: p.f, m: m, rows: p.g.rows}
	p.columns[m.id] = c
	return c
}

func (p *filePart) tagColumns() []column {
	var out []column
	for _, m := range p.g.columns {
		if m.id.role != roleIntrinsic {
			out = append(out, p.open(m))
		}
	}
	return out
}

package parquet

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/format"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
)

// file is an immutable Parquet file, mapped while it is referenced.
type file struct {
	path           string
	zstd           *zstd.Decoder // shared; DecodeAll is safe for concurrent use
	data           []byte
	oldest, newest int64 // start
	spans, size    int64
	groups         []*rowGroup

	refs atomic.Int64
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
	return f, nil
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

// guardedFooter checks the checksum over indexes and footer.
func guardedFooter(data []byte) (footer []byte, offset int64, err error) {
	n := len(data)
	least := len(parquetMagic) + guardSize + 4 + len(parquetMagic)
	if n < least || string(data[:len(parquetMagic)]) != parquetMagic || string(data[n-len(parquetMagic):]) != parquetMagic {
		return nil, 0, errNotParquet
	}
	length := int64(binary.LittleEndian.Uint32(data[n-8:]))
	at := int64(n) - 8 - length
	block := at - guardSize
	if block < int64(len(parquetMagic)) {
		return nil, int64(n) - 8, errNotParquet
	}
	g := data[block:at]
	if string(g[:4]) != guardMagic {
		return nil, block, fmt.Errorf("%w of hoofprint", errNotParquet)
	}
	from := binary.LittleEndian.Uint64(g[4:])
	if from > uint64(block) {
		return nil, block, errNotParquet
	}
	sum := crc32.Checksum(data[from:block], castagnoli)
	sum = crc32.Update(sum, castagnoli, data[at:])
	if sum != binary.LittleEndian.Uint32(g[12:]) {
		return nil, block, errors.New("checksum mismatch of the footer")
	}
	return data[at : int64(n)-8], at, nil
}

// parseFooter reads the thrift FileMetaData, the fields that matter here.
func (f *file) parseFooter(footer []byte) error {
	r := thriftReader{b: footer}
	var required []bool
	var groups []*rowGroup
	var columns []metaColumn
	version := ""
	r.strct(func(id int, typ byte) bool {
		switch {
		case id == 2 && typ == thriftList:
			r.list(func(byte) { required = append(required, parseSchema(&r)) })
		case id == 4 && typ == thriftList:
			r.list(func(byte) { groups = append(groups, parseRowGroup(&r)) })
		case id == 5 && typ == thriftList:
			r.list(func(byte) {
				switch key, value := parseKeyValue(&r); key {
				case metaVersion:
					version = value
				case metaColumns:
					if json.Unmarshal([]byte(value), &columns) != nil {
						r.fail()
					}
				}
			})
		default:
			return false
		}
		return true
	})
	if r.err != nil {
		return r.err
	}
	if version != "1" {
		return fmt.Errorf("%w %q, this binary reads %d", errVersion, version, formatVersion)
	}
	if len(required) != len(columns)+1 { // the root of the schema comes first
		return errThrift
	}
	for _, g := range groups {
		if err := f.addGroup(g, columns, required[1:]); err != nil {
			return err
		}
	}
	if f.spans == 0 {
		return errNotParquet
	}
	return nil
}

// parseSchema tells whether a column is required.
func parseSchema(r *thriftReader) (required bool) {
	r.strct(func(id int, typ byte) bool {
		if id == 3 && typ == thriftI32 {
			required = r.int() == int64(format.Required)
			return true
		}
		return false
	})
	return required
}

func parseKeyValue(r *thriftReader) (key, value string) {
	r.strct(func(id int, typ byte) bool {
		switch {
		case id == 1 && typ == thriftBinary:
			key = string(r.bytes())
		case id == 2 && typ == thriftBinary:
			value = string(r.bytes())
		default:
			return false
		}
		return true
	})
	return key, value
}

func parseRowGroup(r *thriftReader) *rowGroup {
	g := new(rowGroup)
	r.strct(func(id int, typ byte) bool {
		switch {
		case id == 1 && typ == thriftList:
			r.list(func(byte) { g.columns = append(g.columns, parseChunk(r)) })
		case id == 3 && typ == thriftI64:
			g.rows = int(r.int())
		default:
			return false
		}
		return true
	})
	return g
}

func parseChunk(r *thriftReader) *chunkMeta {
	c := new(chunkMeta)
	r.strct(func(id int, typ byte) bool {
		switch {
		case id == 3 && typ == thriftStruct:
			parseColumnMeta(r, c)
		case id == 4 && typ == thriftI64:
			c.index[0] = r.int()
		case id == 5 && typ == thriftI32:
			c.index[1] = r.int()
		default:
			return false
		}
		return true
	})
	return c
}

func parseColumnMeta(r *thriftReader, c *chunkMeta) {
	var dictionary, data int64
	r.strct(func(id int, typ byte) bool {
		switch {
		case id == 3 && typ == thriftList:
			r.list(func(byte) { c.name = string(r.bytes()) })
		case id == 1 && typ == thriftI32:
			switch format.Type(r.int()) {
			case format.Int64:
				c.typ = kindInt
			case format.Double:
				c.typ = kindNumber
			case format.ByteArray:
				c.typ = kindString
			case format.FixedLenByteArray:
				c.typ = kindTraceID
			default:
				r.fail()
			}
		case id == 4 && typ == thriftI32:
			c.codec = format.CompressionCodec(r.int())
		case id == 7 && typ == thriftI64:
			c.size = r.int()
		case id == 9 && typ == thriftI64:
			data = r.int()
		case id == 11 && typ == thriftI64:
			dictionary = r.int()
		case id == 12 && typ == thriftStruct:
			parseStatistics(r, c)
		case id == 14 && typ == thriftI64:
			c.bloom[0] = r.int()
		case id == 15 && typ == thriftI32:
			c.bloom[1] = r.int()
		default:
			return false
		}
		return true
	})
	c.offset = data
	if dictionary != 0 {
		c.offset, c.coded = dictionary, true
	}
}

func parseStatistics(r *thriftReader, c *chunkMeta) {
	bound := func() int64 {
		b := r.bytes()
		if len(b) != 8 {
			return 0
		}
		return int64(binary.LittleEndian.Uint64(b))
	}
	r.strct(func(id int, typ byte) bool {
		switch {
		case id == 3 && typ == thriftI64:
			c.nulls = int(r.int())
		case id == 5 && typ == thriftBinary:
			c.minMax[1] = bound()
		case id == 6 && typ == thriftBinary:
			c.minMax[0] = bound()
		default:
			return false
		}
		return true
	})
}

// addGroup checks a row group against the file and takes it.
func (f *file) addGroup(g *rowGroup, columns []metaColumn, required []bool) error {
	if g.rows <= 0 || g.rows > maxRows || len(g.columns) != len(columns) {
		return errThrift
	}
	inside := func(at, n int64) bool { return at >= 0 && n >= 0 && at <= f.size-n }
	g.byID = make(map[columnID]*chunkMeta, len(columns))
	for i, c := range g.columns {
		c.id = columnID{columns[i].Key, parseRole(columns[i].Role)}
		c.required = required[i]
		if !inside(c.offset, c.size) || !inside(c.index[0], c.index[1]) || !inside(c.bloom[0], c.bloom[1]) || c.nulls < 0 || c.nulls > g.rows {
			return fmt.Errorf("column %q lies outside of the file", c.name)
		}
		if c.typ == kindTraceID && !c.coded {
			return fmt.Errorf("column %q has no dictionary", c.name)
		}
		g.byID[c.id] = c
	}
	for i := range requiredColumns {
		name, typ := requiredColumn(i)
		if c := g.byID[intrinsic(name)]; c == nil || c.typ != typ || !c.required {
			return fmt.Errorf("column %q is missing", name)
		}
	}
	for _, c := range g.columns {
		if c.id.role == roleTag && c.typ != kindString || c.id.role == roleMetric && c.typ != kindNumber {
			return fmt.Errorf("column %q has the wrong type", c.name)
		}
	}
	start := g.byID[intrinsic(query.Start)]
	g.oldest, g.newest = start.minMax[0], start.minMax[1]
	f.oldest, f.newest = min(f.oldest, g.oldest), max(f.newest, g.newest)
	f.spans += int64(g.rows)
	filter, err := f.bloomFilter(g.byID[intrinsic(query.TraceID)])
	if err != nil {
		return err
	}
	g.traceFilter = append(bloom.SplitBlockFilter(nil), filter...)
	f.groups = append(f.groups, g)
	return nil
}

func parseRole(s string) role {
	switch s {
	case roleTag.String():
		return roleTag
	case roleMetric.String():
		return roleMetric
	}
	return roleIntrinsic
}

// bloomFilter views the filter of a column, nil when it has none.
func (f *file) bloomFilter(c *chunkMeta) (bloom.SplitBlockFilter, error) {
	if c.bloom[1] == 0 {
		return nil, nil
	}
	b := f.data[c.bloom[0] : c.bloom[0]+c.bloom[1]]
	r := thriftReader{b: b}
	size := int64(0)
	r.strct(func(id int, typ byte) bool {
		if id == 1 && typ == thriftI32 {
			size = r.int()
			return true
		}
		return false
	})
	if r.err != nil || size <= 0 || size%bloom.BlockSize != 0 || size != int64(len(b)-r.pos) {
		return nil, errThrift
	}
	return bloom.MakeSplitBlockFilter(b[r.pos:]), nil
}

func (f *file) retain() { f.refs.Add(1) }

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

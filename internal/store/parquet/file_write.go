package parquet

import (
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"os"

	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"hoofprint/internal/query"
)

const (
	parquetMagic = "PAR1"

	// Keys of the footer's metadata.
	metaVersion = "hoofprint.version"
	metaColumns = "hoofprint.columns"

	// guardMagic begins the block that guards indexes and footer: magic, offset
	// of the first guarded byte (u64), crc32c of the guarded bytes but for this
	// block (u32). Parquet has no checksum of its own for them.
	guardMagic = "HOOF"
	guardSize  = 4 + 8 + 4
)

// metaColumn says in the footer what a column holds; in the order of the schema.
type metaColumn struct {
	Key  string `json:"key"`
	Role string `json:"role"` // intrinsic, tag or metric
}

func (r role) String() string { return [...]string{"intrinsic", "tag", "metric"}[r] }

// fileWriter writes one Parquet file.
type fileWriter struct {
	f    *os.File
	path string
	at   int64
	err  error
}

func (w *fileWriter) write(b []byte) {
	if w.err != nil {
		return
	}
	n, err := w.f.Write(b)
	w.at += int64(n)
	w.err = err
}

func (w *fileWriter) thrift(v any) []byte {
	b, err := thrift.Marshal(new(thrift.CompactProtocol), v)
	if err != nil && w.err == nil {
		w.err = err
	}
	return b
}

// writeFile writes chunks of rows rows as a file of one row group and syncs it.
func writeFile(path string, chunks []*encodedChunk, list []*chunk, names []string, rows int) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return &Error{Op: "write file", Path: path, Offset: -1, Err: err, Hint: "check permissions of the directory"}
	}
	w := &fileWriter{f: f, path: path}
	w.write([]byte(parquetMagic))
	group := format.RowGroup{NumRows: int64(rows), FileOffset: w.at,
		SortingColumns: []format.SortingColumn{{ColumnIdx: atService}, {ColumnIdx: atStart}}}
	for i, c := range chunks {
		base := w.at
		if c.dictBytes > 0 {
			c.meta.DictionaryPageOffset = base
		}
		c.meta.DataPageOffset = base + int64(c.dictBytes)
		c.meta.PathInSchema = []string{names[i]}
		for p := range c.pages {
			c.pages[p].Offset += base
		}
		w.write(c.bytes)
		group.TotalByteSize += c.meta.TotalUncompressedSize
		group.TotalCompressedSize += c.meta.TotalCompressedSize
		group.Columns = append(group.Columns, format.ColumnChunk{FileOffset: base})
	}
	for i, c := range chunks {
		if c.bloom != nil {
			c.meta.BloomFilterOffset = w.at
			w.write(w.bloom(c.bloom))
			c.meta.BloomFilterLength = int32(w.at - c.meta.BloomFilterOffset)
		}
		group.Columns[i].MetaData = c.meta
	}
	guarded := w.at
	sum := uint32(0)
	guard := func(b []byte) {
		sum = crc32.Update(sum, castagnoli, b)
		w.write(b)
	}
	for i, c := range chunks {
		if c.minMax != nil {
			group.Columns[i].ColumnIndexOffset = w.at
			guard(w.thrift(columnIndex(c.minMax)))
			group.Columns[i].ColumnIndexLength = int32(w.at - group.Columns[i].ColumnIndexOffset)
		}
	}
	for i, c := range chunks {
		group.Columns[i].OffsetIndexOffset = w.at
		guard(w.thrift(format.OffsetIndex{PageLocations: c.pages}))
		group.Columns[i].OffsetIndexLength = int32(w.at - group.Columns[i].OffsetIndexOffset)
	}
	meta := format.FileMetaData{Version: 2, NumRows: int64(rows), RowGroups: []format.RowGroup{group},
		Schema: schema(list, names), CreatedBy: "hoofprint"}
	columns := make([]metaColumn, len(list))
	for i, c := range list {
		columns[i] = metaColumn{c.name.key, c.name.role.String()}
		meta.ColumnOrders = append(meta.ColumnOrders, format.ColumnOrder{Value: new(format.TypeDefinedOrder)})
	}
	columnsJSON, err := json.Marshal(columns)
	if err != nil && w.err == nil {
		w.err = err
	}
	meta.KeyValueMetadata = []format.KeyValue{{Key: metaVersion, Value: "1"}, {Key: metaColumns, Value: string(columnsJSON)}}
	footer := w.thrift(meta)
	tail := binary.LittleEndian.AppendUint32(footer, uint32(len(footer)))
	tail = append(tail, parquetMagic...)
	sum = crc32.Update(sum, castagnoli, tail)
	block := binary.LittleEndian.AppendUint64([]byte(guardMagic), uint64(guarded))
	w.write(binary.LittleEndian.AppendUint32(block, sum))
	w.write(tail)
	if w.err == nil {
		w.err = f.Sync()
	}
	if err := f.Close(); w.err == nil {
		w.err = err
	}
	if w.err != nil {
		os.Remove(path) // half a file only takes room
		return &Error{Op: "write file", Path: path, Offset: w.at, Err: w.err, Hint: "check free space; the log keeps the spans until it succeeds"}
	}
	return nil
}

func (w *fileWriter) bloom(f bloom.SplitBlockFilter) []byte {
	b := w.thrift(format.BloomFilterHeader{NumBytes: int32(len(f) * bloom.BlockSize),
		Algorithm:   format.BloomFilterAlgorithm{Value: new(format.SplitBlockAlgorithm)},
		Hash:        format.BloomFilterHash{Value: new(format.XxHash)},
		Compression: format.BloomFilterCompression{Value: new(format.BloomFilterUncompressed)}})
	return append(b, f.Bytes()...)
}

func columnIndex(minMax [][2]int64) format.ColumnIndex {
	var x format.ColumnIndex
	for _, m := range minMax {
		x.NullPages = append(x.NullPages, false)
		x.MinValues = append(x.MinValues, binary.LittleEndian.AppendUint64(nil, uint64(m[0])))
		x.MaxValues = append(x.MaxValues, binary.LittleEndian.AppendUint64(nil, uint64(m[1])))
		x.NullCounts = append(x.NullCounts, 0)
	}
	return x
}

func schema(list []*chunk, names []string) []format.SchemaElement {
	out := []format.SchemaElement{{Name: "span", NumChildren: thrift.New(int32(len(list)))}}
	for i, c := range list {
		typ, length := physicalType(c.typ)
		e := format.SchemaElement{Name: names[i], Type: thrift.New(typ), RepetitionType: thrift.New(format.Optional)}
		if c.required() {
			e.RepetitionType = thrift.New(format.Required)
		}
		if length > 0 {
			e.TypeLength = thrift.New(length)
		}
		switch {
		case c.typ == kindString:
			e.ConvertedType = thrift.New(deprecated.UTF8)
			e.LogicalType = format.LogicalType{Value: new(format.StringType)}
		case c.name == intrinsic(query.Start):
			e.LogicalType = format.LogicalType{Value: &format.TimestampType{IsAdjustedToUTC: true, Unit: format.TimeUnit{Value: new(format.NanoSeconds)}}}
		case c.name == intrinsic(query.SpanID) || c.name == intrinsic(query.ParentID):
			e.ConvertedType = thrift.New(deprecated.Uint64)
			e.LogicalType = format.LogicalType{Value: &format.IntType{BitWidth: 64}}
		}
		out = append(out, e)
	}
	return out
}

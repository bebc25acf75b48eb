package parquet

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/bloom/xxhash"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
)

// chunk is a column of a row group, as it is written: values in the order of
// the file's rows.
type chunk struct {
	name    columnID
	typ     kind
	present bitmap // nil when every row has a value
	values  int

	// Dictionary-coded, numbered by first appearance; or plain.
	codes    []uint16
	strings  []string
	numbers  []float64
	traceIDs []span.TraceID
	ints     []int64
}

// encodedChunk is a chunk's bytes, pages with their headers, and what the
// footer says about them.
type encodedChunk struct {
	bytes     []byte
	meta      format.ColumnMetaData
	pages     []format.PageLocation // offsets from the start of the chunk
	minMax    [][2]int64            // of each page, for start and duration
	bloom     bloom.SplitBlockFilter
	dictBytes int // length of the dictionary page with its header
}

// encoder holds what encoding chunks reuses.
type encoder struct {
	zstd *zstd.Encoder
	buf  []byte
}

func newEncoder() (*encoder, error) {
	// AllLitEntropyCompression: without it the fastest level stores hex ids raw.
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithAllLitEntropyCompression(true), zstd.WithEncoderCRC(false))
	return &encoder{zstd: z}, err
}

// hotColumn tells whether nearly every question filters by a column, so that
// it is kept uncompressed.
func hotColumn(id columnID) bool {
	switch id.role {
	case roleIntrinsic:
		switch id.key {
		case query.Service, query.Name, query.Type, query.Status:
			return true
		}
	case roleTag:
		switch id.key {
		case span.KeyEnv, span.KeyKind, "http.status_code", "http.method":
			return true
		}
	}
	return false
}

// rawPage is a page before compression.
type rawPage struct {
	body     []byte
	first, n int // rows
}

// encode writes a chunk of rows rows.
func (e *encoder) encode(c *chunk, rows int) (*encodedChunk, error) {
	out := &encodedChunk{}
	physical, _ := physicalType(c.typ)
	out.meta.Type = physical
	coded := c.dictionaryPays()
	if !coded {
		c.decodeCodes()
	}
	encoding := c.plainEncoding()
	var dict []byte
	if coded {
		encoding = format.RLEDictionary
		dict = c.dictionaryPage()
		out.meta.Encoding = append(out.meta.Encoding, format.Plain)
	}
	out.meta.Encoding = append(out.meta.Encoding, encoding, format.RLE)
	pages := e.rawPages(c, rows, coded, out)

	codec := format.Zstd
	if hotColumn(c.name) || !e.saves(dict, pages) || c.name == intrinsic(query.SpanID) {
		codec = format.Uncompressed
	}
	out.meta.Codec = codec
	if coded {
		header := format.PageHeader{Type: format.DictionaryPage,
			DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: int32(c.distinct()), Encoding: format.Plain})}
		if err := e.writePage(out, &header, dict); err != nil {
			return nil, err
		}
		out.dictBytes = len(out.bytes)
	}
	for _, p := range pages {
		at := len(out.bytes)
		header := format.PageHeader{Type: format.DataPage, DataPageHeader: thrift.New(format.DataPageHeader{
			NumValues: int32(p.n), Encoding: encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE})}
		if err := e.writePage(out, &header, p.body); err != nil {
			return nil, err
		}
		out.pages = append(out.pages, format.PageLocation{Offset: int64(at), CompressedPageSize: int32(len(out.bytes) - at), FirstRowIndex: int64(p.first)})
	}
	out.meta.NumValues = int64(rows)
	out.meta.TotalCompressedSize = int64(len(out.bytes))
	out.meta.Statistics.NullCount = int64(rows - c.values)
	if c.name == intrinsic(query.Start) || c.name == intrinsic(query.Duration) {
		out.meta.Statistics.MinValue = binary.LittleEndian.AppendUint64(nil, uint64(slices.Min(c.ints)))
		out.meta.Statistics.MaxValue = binary.LittleEndian.AppendUint64(nil, uint64(slices.Max(c.ints)))
	}
	out.bloom = c.bloom(coded)
	return out, nil
}

func (e *encoder) writePage(out *encodedChunk, h *format.PageHeader, body []byte) error {
	h.UncompressedPageSize = int32(len(body))
	if out.meta.Codec == format.Zstd {
		e.buf = e.zstd.EncodeAll(body, e.buf[:0])
		body = e.buf
	}
	h.CompressedPageSize = int32(len(body))
	h.CRC = int32(crc32.ChecksumIEEE(body))
	header, err := thrift.Marshal(new(thrift.CompactProtocol), *h)
	if err != nil {
		return err
	}
	out.bytes = append(append(out.bytes, header...), body...)
	out.meta.TotalUncompressedSize += int64(len(header)) + int64(h.UncompressedPageSize)
	return nil
}

// saves tries the dictionary and the first page.
func (e *encoder) saves(dict []byte, pages []rawPage) bool {
	before, after := 0, 0
	for _, b := range [][]byte{dict, pages[0].body} {
		if len(b) > 0 {
			e.buf = e.zstd.EncodeAll(b, e.buf[:0])
			before += len(b)
			after += len(e.buf)
		}
	}
	return float64(after) < float64(before)*(1-compressGain)
}

// rawPages cuts a chunk into pages. Sparse columns get more rows a page.
func (e *encoder) rawPages(c *chunk, rows int, coded bool, out *encodedChunk) []rawPage {
	step := pageRows
	for step < maxRows && c.values*step < rows*pageRows/2 {
		step *= 2
	}
	if !coded && c.typ == kindString {
		total := 0
		for _, s := range c.strings {
			total += len(s)
		}
		for step > 64 && total/max(rows/step, 1) > pageBytes {
			step /= 2
		}
	}
	width := 8
	if c.distinct() > 1<<8 {
		width = 16
	}
	var pages []rawPage
	at := 0 // values written
	for first := 0; first < rows; first += step {
		n := min(step, rows-first)
		var body []byte
		count := n
		if c.present != nil {
			words := c.present[first>>6 : (first+n+63)>>6]
			count = words.count()
			if count == n {
				words = nil
			}
			body = appendLevels(body, words, n)
		} else if !c.required() {
			body = appendLevels(body, nil, n)
		}
		switch {
		case coded:
			body = appendCodes(body, c.codes[at:at+count], width)
		case c.typ == kindString:
			body = appendDeltaLength(body, c.strings[at:at+count])
		case c.typ == kindNumber:
			body = appendSplit(body, c.numbers[at:at+count])
		case c.plainEncoding() == format.DeltaBinaryPacked:
			v := c.ints[at : at+count]
			body = appendDelta(body, v)
			out.minMax = append(out.minMax, [2]int64{slices.Min(v), slices.Max(v)})
		default:
			body = appendPlainInts(body, c.ints[at:at+count])
		}
		at += count
		pages = append(pages, rawPage{body, first, n})
	}
	return pages
}

// required columns have no definition levels.
func (c *chunk) required() bool {
	return c.name.role == roleIntrinsic && c.name.key != columnExtra && c.name.key != columnOverflow
}

func (c *chunk) distinct() int {
	switch c.typ {
	case kindString:
		return len(c.strings)
	case kindNumber:
		return len(c.numbers)
	case kindTraceID:
		return len(c.traceIDs)
	}
	return 0
}

// dictionaryPays tells whether to keep the codes.
func (c *chunk) dictionaryPays() bool {
	switch c.typ {
	case kindTraceID:
		return true
	case kindString:
		return c.distinct()*2 < c.values
	case kindNumber:
		return c.distinct() <= numberDictionary && c.distinct()*2 < c.values
	}
	return false
}

// decodeCodes turns codes back into plain values.
func (c *chunk) decodeCodes() {
	switch c.typ {
	case kindString:
		plain := make([]string, len(c.codes))
		for i, code := range c.codes {
			plain[i] = c.strings[code]
		}
		c.strings, c.codes = plain, nil
	case kindNumber:
		plain := make([]float64, len(c.codes))
		for i, code := range c.codes {
			plain[i] = c.numbers[code]
		}
		c.numbers, c.codes = plain, nil
	}
}

func (c *chunk) plainEncoding() format.Encoding {
	switch {
	case c.typ == kindString:
		return format.DeltaLengthByteArray
	case c.typ == kindNumber:
		return format.ByteStreamSplit
	case c.name.key == query.Start || c.name.key == query.Duration:
		return format.DeltaBinaryPacked
	}
	return format.Plain
}

func (c *chunk) dictionaryPage() []byte {
	var b []byte
	switch c.typ {
	case kindString:
		b = appendPlainStrings(b, c.strings)
	case kindNumber:
		for _, v := range c.numbers {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	case kindTraceID:
		for _, id := range c.traceIDs {
			b = binary.BigEndian.AppendUint64(b, id.High)
			b = binary.BigEndian.AppendUint64(b, id.Low)
		}
	}
	return b
}

// bloom returns nil for columns that need no filter.
func (c *chunk) bloom(coded bool) bloom.SplitBlockFilter {
	if c.typ == kindTraceID {
		f := newBloom(len(c.traceIDs))
		for _, id := range c.traceIDs {
			f.Insert(hashTraceID(id))
		}
		return f
	}
	if c.typ != kindString || len(c.strings) <= bloomValues || c.name.role == roleIntrinsic {
		return nil
	}
	if !coded {
		total := 0
		for _, s := range c.strings {
			total += len(s)
		}
		if total/len(c.strings) > bloomLength {
			return nil
		}
	}
	f := newBloom(len(c.strings))
	for _, s := range c.strings {
		f.Insert(hashString(s))
	}
	return f
}

func newBloom(values int) bloom.SplitBlockFilter {
	return make(bloom.SplitBlockFilter, bloom.NumSplitBlocksOf(int64(values), bloomBits))
}

func hashTraceID(id span.TraceID) uint64 {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], id.High)
	binary.BigEndian.PutUint64(b[8:], id.Low)
	return xxhash.Sum64(b[:])
}

func hashString(s string) uint64 { return xxhash.Sum64([]byte(s)) }

// physicalType gives the Parquet types of a kind of column.
func physicalType(k kind) (format.Type, int32) {
	switch k {
	case kindNumber:
		return format.Double, 0
	case kindInt:
		return format.Int64, 0
	case kindTraceID:
		return format.FixedLenByteArray, 16
	}
	return format.ByteArray, 0
}

package parquet

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/format"

	"hoofprint/internal/query"
)

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

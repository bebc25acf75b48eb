package parquet

import "github.com/parquet-go/parquet-go/format"

// pageHeader is what precedes a page.
type pageHeader struct {
	typ          format.PageType
	size         int // stored
	uncompressed int
	crc          uint32
	hasCRC       bool
	values       int
	encoding     format.Encoding
}

// parsePageHeader returns the header and its length.
func parsePageHeader(b []byte) (h pageHeader, n int, err error) {
	h.typ = -1
	r := thriftReader{b: b}
	body := func(id int, typ byte) bool {
		switch {
		case id == 1 && typ == thriftI32:
			h.values = int(r.int())
		case id == 2 && typ == thriftI32:
			h.encoding = format.Encoding(r.int())
		default:
			return false
		}
		return true
	}
	r.strct(func(id int, typ byte) bool {
		switch {
		case id == 1 && typ == thriftI32:
			h.typ = format.PageType(r.int())
		case id == 2 && typ == thriftI32:
			h.uncompressed = int(r.int())
		case id == 3 && typ == thriftI32:
			h.size = int(r.int())
		case id == 4 && typ == thriftI32:
			h.crc, h.hasCRC = uint32(r.int()), true
		case (id == 5 || id == 7) && typ == thriftStruct:
			r.strct(body)
		default:
			return false
		}
		return true
	})
	if r.err == nil && (h.size < 0 || h.uncompressed < 0 || h.uncompressed > maxPage || h.size > len(b)-r.pos || h.values < 0) {
		r.err = errThrift
	}
	return h, r.pos, r.err
}

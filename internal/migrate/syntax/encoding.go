package syntax

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

var cookie = regexp.MustCompile(`^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)`)

// decode returns a text, where its tokens begin, and whether it is to be UTF-8. Offsets are those of the text as it is in any encoding.
func decode(file []byte) (src string, start int, isUTF8 bool) {
	if i := bytes.IndexByte(file, 0); i >= 0 {
		fail(i, "source code cannot contain null bytes")
	}
	const maxSize = 1 << 30
	if len(file) > maxSize {
		fail(0, "the file is too large")
	}
	marked := bytes.HasPrefix(file, []byte("\xef\xbb\xbf"))
	if marked {
		start = 3
	}
	name, at := declared(file[start:])
	name = usual(name)
	if marked && name != "" && name != "utf-8" && !strings.HasPrefix(name, "utf-8-") {
		fail(start+at, "the encoding is declared as "+name+", the byte order mark says utf-8")
	}
	switch kind := encodings[name]; {
	case name == "" || kind == asUTF8:
		return string(file), start, true
	case kind == asASCII:
		if i := bytes.IndexFunc(file, func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
			fail(i, "the file is not ASCII")
		}
		return string(file), 0, true
	case kind == asSingleBytes:
		return string(file), 0, false
	case kind == asDoubleBytes:
		return string(mask(file)), 0, false
	}
	fail(start+at, "unknown encoding: "+name)
	return "", 0, false
}

// HoldsASCII says that files of an encoding, by any of its names, can be read with their bytes as
// they are: what is ASCII in them is that.
func HoldsASCII(name string) bool { return encodings[usual(name)] != asUnknown }

// Declared is the encoding that a file names in a comment of its first two lines (PEP 263), or "".
func Declared(file []byte) string {
	name, _ := declared(file)
	return name
}

// usual is a name as the table of encodings has it.
func usual(name string) string { return strings.ReplaceAll(strings.ToLower(name), "_", "-") }

// declared returns the encoding that a comment in the first two lines names, with its offset.
func declared(file []byte) (name string, at int) {
	offset := 0
	for range 2 {
		line := file[offset:]
		if i := bytes.IndexAny(line, "\r\n"); i >= 0 {
			line = line[:i]
		}
		if m := cookie.FindSubmatchIndex(line); m != nil {
			return string(line[m[2]:m[3]]), offset + m[2]
		}
		if rest := bytes.TrimLeft(line, " \t\f"); len(rest) > 0 && rest[0] != '#' {
			return "", 0
		}
		offset += len(line)
		if bytes.HasPrefix(file[offset:], []byte("\r\n")) {
			offset++
		}
		if offset++; offset >= len(file) {
			break
		}
	}
	return "", 0
}

func invalidUTF8(s string) int {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return 0
}

// mask replaces the second byte of characters of two bytes where it may look like ASCII.
func mask(file []byte) []byte {
	out := bytes.Clone(file)
	for i := 0; i+1 < len(out); i++ {
		// 0xa1 to 0xdf are characters of one byte in Shift-JIS, with no ASCII after them that
		// is not one of its own: only bytes of punctuation and letters can be second.
		if out[i] >= 0x81 && out[i] != 0xff && out[i+1] >= 0x40 {
			out[i+1] |= 0x80
			i++
		}
	}
	return out
}

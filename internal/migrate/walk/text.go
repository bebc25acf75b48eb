package walk

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"hoofprint/internal/migrate/syntax"
)

// MaxSize is the size above which a file is left out: data, or made by a tool.
const MaxSize = 4 << 20

// Text is a file as UTF-8, and how to write it as it was. Python in an encoding of East Asia, or
// another that is rare, keeps its own bytes.
type Text struct {
	Entry
	Bytes  []byte
	Python bool
	codec  encoding.Encoding // nil where Bytes are the file's own
}

// Why a file is not scanned, without that being an error.
var (
	ErrBinary = errors.New("binary")
	ErrLarge  = fmt.Errorf("larger than %d MB", MaxSize>>20)
)

// Unreadable is a Python file whose text is not what it says it is.
type Unreadable struct{ Message string }

func (u *Unreadable) Error() string { return u.Message }

// Read reads a file as text.
func Read(e Entry) (*Text, error) {
	info, err := os.Stat(e.Absolute)
	if err != nil {
		return nil, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, ErrBinary
	case info.Size() > MaxSize:
		return nil, ErrLarge
	}
	raw, err := os.ReadFile(e.Absolute)
	if err != nil {
		return nil, err
	}
	return Decode(e, raw)
}

// Decode takes bytes for the text of a file; of one that is Unreadable Bytes are as they are.
func Decode(e Entry, raw []byte) (*Text, error) {
	t := &Text{Entry: e, Bytes: raw, Python: isPython(e.Path, raw)}
	switch {
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}):
		t.codec = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(raw, []byte{0xfe, 0xff}):
		t.codec = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case bytes.IndexByte(raw[:min(len(raw), 8000)], 0) >= 0:
		return nil, ErrBinary
	case t.Python:
		return t, t.decodePython()
	}
	if t.codec != nil {
		if t.Python {
			return t, &Unreadable{"it is in UTF-16, which Python does not read; save it as UTF-8"}
		}
		return t, t.decode()
	}
	return t, nil
}

// decodePython decodes a file that names its encoding (PEP 263).
func (t *Text) decodePython() error {
	name := syntax.Declared(t.Bytes)
	switch strings.ReplaceAll(strings.ToLower(name), "_", "-") {
	case "", "utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii", "utf":
		if !utf8.Valid(t.Bytes) {
			return &Unreadable{"it is not UTF-8 and names no other encoding in its first two lines"}
		}
		return nil
	}
	t.codec = charset(name)
	if t.codec == nil {
		if syntax.HoldsASCII(name) || isASCII(t.Bytes) {
			return nil // other characters are only in strings and comments, where any bytes do
		}
		return &Unreadable{fmt.Sprintf("its encoding %q is not known here; save it as UTF-8", name)}
	}
	return t.decode()
}

func (t *Text) decode() error {
	raw := t.Bytes
	text, err := t.codec.NewDecoder().Bytes(raw)
	if err != nil {
		return &Unreadable{err.Error()}
	}
	t.Bytes = text
	if back, err := t.Encode(text); err != nil || !bytes.Equal(back, raw) {
		return &Unreadable{"it is not in the encoding that it says it is in"}
	}
	return nil
}

// Encode is what to write to the file for its text to be this.
func (t *Text) Encode(text []byte) ([]byte, error) {
	if t.codec == nil {
		return text, nil
	}
	raw, err := t.codec.NewEncoder().Bytes(text)
	if err != nil {
		return nil, fmt.Errorf("writing %s in its encoding: %w", t.Path, err)
	}
	return raw, nil
}

// charset is the encoding of one byte a character that Python calls by a name; nil for others.
func charset(name string) encoding.Encoding {
	name = strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
	switch name {
	case "latin1", "iso88591", "88591", "l1", "cp819", "latin":
		return charmap.ISO8859_1
	case "latin2", "iso88592":
		return charmap.ISO8859_2
	case "iso88595":
		return charmap.ISO8859_5
	case "iso88597":
		return charmap.ISO8859_7
	case "latin5", "iso88599":
		return charmap.ISO8859_9
	case "iso885915", "latin9":
		return charmap.ISO8859_15
	case "cp1250", "windows1250":
		return charmap.Windows1250
	case "cp1251", "windows1251":
		return charmap.Windows1251
	case "cp1252", "windows1252":
		return charmap.Windows1252
	case "cp1253", "windows1253":
		return charmap.Windows1253
	case "cp1254", "windows1254":
		return charmap.Windows1254
	case "koi8r":
		return charmap.KOI8R
	case "koi8u":
		return charmap.KOI8U
	case "cp437":
		return charmap.CodePage437
	case "cp850":
		return charmap.CodePage850
	case "macroman":
		return charmap.Macintosh
	}
	return nil
}

func isASCII(raw []byte) bool {
	for _, c := range raw {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// isPython says that a file is Python by its name, or by the program it says it is for.
func isPython(name string, raw []byte) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".py", ".pyi", ".pyw":
		return true
	case "":
		line, _, _ := bytes.Cut(raw[:min(len(raw), 200)], []byte("\n"))
		return bytes.HasPrefix(line, []byte("#!")) && bytes.Contains(line, []byte("python"))
	}
	return false
}

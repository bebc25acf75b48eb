package syntax

// How the bytes of an encoding are read.
const (
	asUnknown     = iota
	asUTF8        //
	asASCII       // nothing else
	asSingleBytes // ASCII, and bytes above it that stand for other characters
	asDoubleBytes // characters of two bytes, of which the second may look like ASCII
)

// encodings has CPython's, and their aliases, that Python can be written in. Those that
// are no superset of ASCII, such as UTF-16, are no encodings of source files.
var encodings = func() map[string]int {
	table := map[string]int{}
	for kind, names := range map[int][]string{
		asUTF8:  {"utf-8", "utf8", "u8", "utf", "utf-8-sig", "cp65001", "utf8-ucs2", "utf8-ucs4", "utf-8-unix", "utf-8-dos", "utf-8-mac"},
		asASCII: {"ascii", "us-ascii", "646", "ansi-x3.4-1968", "iso646-us"},
		asSingleBytes: {
			"latin-1", "latin1", "latin", "l1", "iso-8859-1", "iso8859-1", "8859", "cp819", "iso-latin-1", "latin-1-unix",
			"iso-8859-1-unix", "iso-latin-1-unix", "iso-8859-2", "iso8859-2", "latin2", "iso-8859-3", "iso8859-3", "iso-8859-4", "iso8859-4",
			"iso-8859-5", "iso8859-5", "cyrillic", "iso-8859-6", "iso8859-6", "arabic", "iso-8859-7", "iso8859-7", "greek",
			"iso-8859-8", "iso8859-8", "hebrew", "iso-8859-9", "iso8859-9", "latin5", "iso-8859-10", "iso8859-10",
			"iso-8859-11", "iso8859-11", "iso-8859-13", "iso8859-13", "iso-8859-14", "iso8859-14", "iso-8859-15", "iso8859-15",
			"latin9", "iso-8859-16", "iso8859-16", "koi8-r", "koi8-u", "koi8-t", "kz1048", "ptcp154", "tis-620",
			"cp437", "cp720", "cp737", "cp775", "cp850", "cp852", "cp855", "cp856", "cp857", "cp858", "cp860", "cp861",
			"cp862", "cp863", "cp864", "cp865", "cp866", "cp869", "cp874", "cp1006", "cp1125", "cp1250", "cp1251", "cp1252",
			"cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "windows-1250", "windows-1251", "windows-1252",
			"windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257", "windows-1258",
			"mac-roman", "macroman", "mac-cyrillic", "mac-greek", "mac-latin2", "mac-turkish", "mac-iceland", "mac-croatian",
			"mac-centeuro", "mac-romanian", "maccentraleurope", "maccyrillic", "macgreek", "maclatin2", "macturkish", "maciceland",
			"hp-roman8", "roman8", "r8", "palmos", "kz-1048", "rk1048", "strk1048-2002", "pt154", "cp154", "cyrillic-asian",
			"tis620", "iso-8859-11-2001", "thai", "l2", "l3", "latin3", "l4", "latin4", "l5", "l6", "latin6", "l7", "latin7",
			"l8", "latin8", "l9", "l10", "latin10", "ibm437", "437", "ibm850", "850", "chinese", "korean", "ksc5601", "u-jis", "macintosh", "iso8859", "gb2312-80", "ibm866", "866", "1250", "1251", "1252", "1253", "1254",
			"euc-jp", "eucjp", "ujis", "euc-jis-2004", "euc-jisx0213", "euc-kr", "euckr", "gb2312", "euc-cn", "euccn",
		},
		asDoubleBytes: {
			"shift-jis", "shiftjis", "sjis", "s-jis", "cp932", "ms932", "mskanji", "shift-jis-2004", "shift-jisx0213",
			"big5", "big5-tw", "big5-hkscs", "big5hkscs", "cp950", "ms950", "gbk", "cp936", "936", "ms936", "gb18030",
			"cp949", "949", "ms949", "uhc", "johab", "ms-kanji", "932", "950", "hkscs", "csshiftjis", "csbig5", "gb18030-2000",
		},
	} {
		for _, name := range names {
			table[name] = kind
		}
	}
	return table
}()

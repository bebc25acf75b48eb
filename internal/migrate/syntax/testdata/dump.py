"""Prints what CPython makes of Python files, to compare our parser with.

    dump.py hash < paths        for each path a line: hash of the dump, or "refused"
    dump.py dump FILE           the dump itself

A dump has a line for each node, in the order of the fields of the ast module: its type, its
offsets in bytes, its names and values.
"""

import ast
import hashlib
import io
import re
import sys
import tokenize
import warnings

warnings.simplefilter("ignore")
sys.setrecursionlimit(100_000)
VERSION = sys.version_info[:2]
FIELDS = {
    "FunctionDef": ("name", "args", "body", "decorator_list", "returns", "type_params"),
    "AsyncFunctionDef": ("name", "args", "body", "decorator_list", "returns", "type_params"),
    "ClassDef": ("name", "bases", "keywords", "body", "decorator_list", "type_params"),
    "Interpolation": ("value", "conversion", "format_spec"),
    "Module": ("body",),
    "TypeVar": ("name", "bound", "default_value"),
    "ParamSpec": ("name", "default_value"),
    "TypeVarTuple": ("name", "default_value"),
}
SKIPPED = {"ctx", "type_comment", "kind"}
LINES = re.compile(rb"\r\n|\r|\n")


class Dump:
    def __init__(self, source):
        self.source = source
        self.out = []
        self.bom = source.startswith(b"\xef\xbb\xbf")
        self.starts = [0] + [m.end() for m in LINES.finditer(source)]
        encoding = tokenize.detect_encoding(io.BytesIO(source).readline)[0]
        self.encoding = None if encoding in ("utf-8", "utf-8-sig", "ascii") else encoding

    def offset(self, line, col):
        start = self.starts[line - 1]
        if self.encoding:
            rest = self.source[start : self.starts[line] if line < len(self.starts) else None].decode(self.encoding)
            return start + len(rest.encode()[:col].decode().encode(self.encoding))
        return start + col + (3 if self.bom and line == 1 else 0)

    def node(self, node, text_only=False, blind=False):
        kind = type(node).__name__
        if kind == "Constant":
            return self.constant(node, text_only, blind)
        place = ""
        if hasattr(node, "lineno"):
            if blind:
                place = " ~"
            else:
                start = self.offset(node.lineno, node.col_offset)
                place = " %d %d" % (start, self.offset(node.end_lineno, node.end_col_offset))
        self.out.append((kind + place).encode())
        fields = FIELDS.get(kind) or node._fields
        joined = kind in ("JoinedStr", "TemplateStr")
        if joined:
            if blind:
                text_only = text_only or None
            else:
                start = self.offset(node.lineno, node.col_offset)
                segment = self.source[start : self.offset(node.end_lineno, node.end_col_offset)]
                text_only = "hidden" if rb"\N{" in segment or self.encoding else "shown"
            blind = blind or VERSION < (3, 12)
        for field in fields:
            if field in SKIPPED:
                continue
            self.value(getattr(node, field, [] if field == "type_params" else None), joined and text_only, blind)

    def constant(self, node, text_only, blind):
        value = node.value
        if text_only:
            self.out.append(b"Text")
            self.text(value, text_only == "hidden")
            return
        if blind:
            self.out.append(b"Constant ~")
            segment = b"\\N{"
        else:
            start, end = self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)
            self.out.append(b"Constant %d %d" % (start, end))
            segment = self.source[start:end]
        if isinstance(value, str):
            self.text(value, b"\\N{" in segment or self.encoding)
        elif isinstance(value, bytes):
            self.out.append(b"Bytes " + value)
        elif isinstance(value, (int, float, complex)) and not isinstance(value, bool):
            self.out.append(b"Number")
        else:
            self.out.append(repr(value).encode())

    def text(self, value, hidden):
        self.out.append(b"Str " + (b"?" if hidden else value.encode("utf-8", "surrogatepass")))

    def value(self, value, text_only, blind):
        if isinstance(value, ast.AST):
            if isinstance(value, (ast.operator, ast.unaryop, ast.boolop, ast.cmpop)):
                self.out.append(type(value).__name__.encode())
            else:
                self.node(value, text_only, blind)
        elif isinstance(value, list):
            self.out.append(b"[")
            for item in value:
                self.value(item, text_only, blind)
            self.out.append(b"]")
        else:
            # A name that is not ASCII is normalised by CPython.
            shown = str(value)
            self.out.append(shown.encode())


def dump(source):
    tree = ast.parse(source)
    d = Dump(source)
    d.node(tree)
    return b"\n".join(d.out)


def main():
    if sys.argv[1] == "dump":
        with open(sys.argv[2], "rb") as f:
            sys.stdout.buffer.write(dump(f.read()))
        return
    for line in sys.stdin.buffer:
        with open(line.rstrip(b"\n"), "rb") as f:
            source = f.read()
        try:
            print(hashlib.sha256(dump(source)).hexdigest()[:16], flush=True)
        except (SyntaxError, ValueError) as e:
            print("refused", ascii(str(e)), flush=True)
        except (RecursionError, MemoryError) as e:
            print("too deep", ascii(str(e)), flush=True)


main()

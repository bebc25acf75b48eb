"""Prints what CPython makes of Python files, to compare our parser with.

    dump.py hash < paths        for each path a line: hash of the dump, or "refused"
    dump.py dump FILE           the dump itself

A dump has a line for each node, in the order of the fields of the ast module: its type, its
offsets in bytes, its names and values.
"""

import ast
import codecs
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
        encoding = codecs.lookup(tokenize.detect_encoding(io.BytesIO(source).readline)[0]).name
        self.blind = self.hidden = False
        self.encoding = None if encoding in ("utf-8", "utf-8-sig", "ascii") else encoding

    def offset(self, line, col):
        start = self.starts[line - 1]
        if self.encoding:
            rest = self.source[start : self.starts[line] if line < len(self.starts) else None].decode(self.encoding)
            return start + len(rest.encode()[:col].decode().encode(self.encoding))
        return start + col + (3 if self.bom and line == 1 else 0)

    def place(self, node):
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)

    def node(self, node):
        kind = type(node).__name__
        place = b""
        if hasattr(node, "lineno"):
            place = b" ~" if self.blind else b" %d %d" % self.place(node)
        self.out.append(kind.encode() + place)
        if kind == "Constant":
            self.constant(node)
        elif kind in ("JoinedStr", "TemplateStr"):
            self.joined(node)
        else:
            for field in FIELDS.get(kind) or node._fields:
                if field not in SKIPPED:
                    self.value(getattr(node, field, [] if field == "type_params" else None))

    def joined(self, node):
        before = self.blind, self.hidden
        if not self.blind:
            start, end = self.place(node)
            self.hidden = rb"\N{" in self.source[start:end] or bool(self.encoding)
        # Offsets within f-strings are wrong before 3.12.
        self.blind = self.blind or VERSION < (3, 12)
        self.out.append(b"[")
        for value in node.values:
            if not isinstance(value, ast.Constant):
                self.node(value)
            elif value.value:  # 3.12 has empty ones
                self.out.append(b"Text")
                self.text(value.value, self.hidden)
        self.out.append(b"]")
        self.blind, self.hidden = before

    def constant(self, node):
        value = node.value
        if isinstance(value, str):
            hidden = self.blind or self.encoding
            if not hidden:
                start, end = self.place(node)
                hidden = rb"\N{" in self.source[start:end]
            self.text(value, hidden)
        elif isinstance(value, bytes):
            self.out.append(b"Bytes " + value)
        elif isinstance(value, (int, float, complex)) and not isinstance(value, bool):
            self.out.append(b"Number")
        else:
            self.out.append(repr(value).encode())

    def text(self, value, hidden):
        # Our parser leaves names of characters as they are.
        self.out.append(b"Str " + (b"?" if hidden else value.encode("utf-8", "surrogatepass")))

    def value(self, value):
        if isinstance(value, ast.AST):
            if isinstance(value, (ast.operator, ast.unaryop, ast.boolop, ast.cmpop)):
                self.out.append(type(value).__name__.encode())
            else:
                self.node(value)
        elif isinstance(value, list):
            self.out.append(b"[")
            for item in value:
                self.value(item)
            self.out.append(b"]")
        else:
            self.out.append(str(value).encode())


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

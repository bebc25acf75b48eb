"""Measures `hoofprint migrate` against ruff and against CPython's parser, in one run; prints CPU time a million lines.

    python bench/migrate.py [TREE...]

Trees are CPython's library and test suite, where nothing is found, and an installed ddtrace, where every
file has to be understood. ruff looks at each file for itself and knows no types; ast.parse is what
any codemod in Python does before it begins.
"""

import os
import resource
import subprocess
import sys
import sysconfig
from pathlib import Path


ROOT = Path(__file__).resolve().parent.parent
PARSE = """
import ast, sys, warnings
warnings.simplefilter("ignore")
for path in sys.stdin.read().split("\\n"):
    try:
        ast.parse(open(path, "rb").read())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
"""


def cpu_seconds(argv, **more):
    """CPU s of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)
    if done.returncode not in (0, 1):
        sys.exit("%s ended with %d: %s" % (argv[0], done.returncode, done.stderr.decode()[-500:]))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(name, tree):
    files = [str(p) for p in Path(tree).rglob("*.py") if "site-packages" not in p.relative_to(tree).parts]
    lines = sum(Path(f).read_bytes().count(b"\n") for f in files)
    ruff = ROOT / ".venv/lint/bin/ruff"
    commands = [
        ("hoofprint migrate", [str(ROOT / "bin/hoofprint"), "migrate", "--no-gitignore", "--config", "none", tree], {})
    ]
    if ruff.exists():
        commands.append(
            ("ruff check", [str(ruff), "check", "--no-cache", "--isolated", "--no-respect-gitignore", tree], {})
        )
    commands.append(("ast.parse", [sys.executable, "-c", PARSE], {"input": "\n".join(files).encode()}))
    figures = {what: [] for what, _, _ in commands}
    for _ in range(3):
        for what, argv, more in commands:
            figures[what].append(cpu_seconds(argv, **more))
    ours = sorted(figures["hoofprint migrate"])[1]
    print("%s: %d lines of Python in %d files" % (name, lines, len(files)))
    for what, seconds in figures.items():
        middle = sorted(seconds)[1]
        print(
            "  %-18s %6.2f CPU s a million lines, %9.0f lines a CPU s, %5.1f times ours"
            % (what, middle / lines * 1e6, lines / middle, middle / ours)
        )


def main():
    trees = [(t, t) for t in sys.argv[1:]]
    if not trees:
        trees.append(("CPython's library", os.path.realpath(sysconfig.get_path("stdlib"))))
        peer = sorted((ROOT / ".venv/peer/lib").glob("python3*/site-packages/ddtrace"))
        if peer:
            trees.append(("ddtrace", str(peer[0])))
    for name, tree in trees:
        measure(name, tree)


if __name__ == "__main__":
    main()

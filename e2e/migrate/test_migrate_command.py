"""`hoofprint migrate` from outside: what it reports, in each format, and how it ends."""

import json
import os
import pty
import signal
import subprocess

import pytest
from migrated import DOCKERFILE
from migrated import PROGRAM
from migrated import findings
from migrated import migrate
from migrated import put


@pytest.fixture
def tree(tmp_path):
    return put(
        tmp_path / "repo",
        {
            "app/spans.py": PROGRAM,
            "Dockerfile": DOCKERFILE,
            "app/clean.py": "import os\n",
            ".gitignore": "build/\n",
            "build/spans.py": PROGRAM,
            "venv/pyvenv.cfg": "",
            "venv/lib/spans.py": PROGRAM,
        },
    )


def test_finds_uses_with_their_places(tree):
    done = migrate(tree, "--format", "json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert {"path", "line", "column", "rule", "certainty", "message", "fix"} <= set(report["findings"][0])
    assert ("app/spans.py", 5, 10, "span-set-tag-str", "certain") in findings(report)
    assert {f["path"] for f in report["findings"]} == {"app/spans.py", "Dockerfile"}
    assert report["version"] == 1 and report["root"] == str(tree)
    assert report["summary"]["findings"] == len(report["findings"])
    assert report["summary"]["python_files"] == 2


def test_text_names_places_as_they_are_from_here(tree):
    done = migrate("app", cwd=tree)
    assert "app/spans.py:5:10: certain span-set-tag-str" in done.stdout
    assert '     5 |     span.set_tag_str("route", "/cart")\n       |          ^^^^^^^^^^^\n' in done.stdout
    assert "\x1b" not in done.stdout


def test_colour_is_for_terminals(tree):
    def seen(**more):
        parent, child = pty.openpty()
        env = dict(os.environ, TERM="xterm", **more)
        process = subprocess.Popen([migrate.binary, "migrate", str(tree)], stdout=child, stderr=child, env=env)
        os.close(child)
        out = b""
        while True:
            try:
                chunk = os.read(parent, 65536)
            except OSError:
                break
            if not chunk:
                break
            out += chunk
        os.close(parent)
        process.wait(30)
        return out

    assert b"\x1b[1;31mcertain" in seen()
    assert b"\x1b" not in seen(NO_COLOR="1")


def test_several_paths_are_relative_to_the_folder_that_holds_them(tree):
    report = json.loads(migrate(tree / "app", tree / "Dockerfile", "--format", "json").stdout)
    assert report["root"] == str(tree)
    assert {f["path"] for f in report["findings"]} == {"app/spans.py", "Dockerfile"}
    report = json.loads(migrate(tree / "app/spans.py", "--format", "json").stdout)
    assert {f["path"] for f in report["findings"]} == {"spans.py"}


@pytest.mark.parametrize(
    "arguments, status",
    [
        ((".",), 1),
        ((".", "--fail-on", "never"), 0),
        ((".", "--fail-on", "likely"), 1),
        (("app/clean.py", "--fail-on", "likely"), 0),
        (("app/nowhere.py",), 2),
        (("--format", "xml"), 2),
        (("--since", "main"), 2),
        (("--select", "nonsense"), 2),
        (("--write", "--diff"), 2),
        (("--unsafe",), 2),
        (("--config", "nowhere.toml"), 2),
        ((".", "--ignore", "api,setting,behaviour,ground"), 0),
        (("--list-rules",), 0),
        (("--explain", "span-set-tag-str"), 0),
        (("--explain", "span-set-tag-sir"), 2),
    ],
)
def test_exit_status(tree, arguments, status):
    done = migrate(*arguments, cwd=tree, env={"GIT_CEILING_DIRECTORIES": str(tree.parent)})
    assert done.returncode == status, done.stdout + done.stderr
    assert (status == 2) == done.stderr.startswith("hoofprint migrate: ")


def test_standard_input(tree):
    done = migrate("-", "--stdin-name", "app/new.py", "--format", "json", input=PROGRAM, cwd=tree)
    assert ("app/new.py", 5, 10, "span-set-tag-str", "certain") in findings(json.loads(done.stdout))


def test_configuration(tree):
    put(tree, {"pyproject.toml": "[tool.hoofprint.migrate]\nexclude = ['Dockerfile']\nfail-on = 'never'\n"})
    done = migrate(tree / "app", tree / "Dockerfile", tree / "pyproject.toml", "--format", "json")
    assert done.returncode == 0
    done = migrate(tree, "--format", "json")
    assert {f["path"] for f in json.loads(done.stdout)["findings"]} == {"app/spans.py"}
    put(tree, {"hoofprint.toml": "[migrate]\nexcludes = ['x']\n"})
    done = migrate(tree)
    assert done.returncode == 2 and 'did you mean "exclude"?' in done.stderr
    assert migrate(tree, "--config", "none").returncode == 1


def test_comments_take_findings_out(tree):
    text = PROGRAM.replace('"/cart")', '"/cart")  # hoofprint: ignore[span-set-tag-str]')
    put(tree, {"app/spans.py": text + "# hoofprint: ignore\n", "Dockerfile": "# hoofprint: ignore-file\n" + DOCKERFILE})
    done = migrate(tree, "--unused-ignores", "--format", "json")
    report = json.loads(done.stdout)
    assert report["findings"] == [] and done.returncode == 0
    assert [(p["path"], p["line"]) for p in report["unused_ignores"]] == [("app/spans.py", text.count("\n") + 1)]


def test_what_does_not_parse_is_reported_and_left_alone(tree):
    broken = "from ddtrace import tracer\nprint 'python 2'\nspan.set_tag_str('a', 'b')\n"
    put(tree, {"app/broken.py": broken, "app/latin.py": b"import ddtrace\nx = '\xe9'\n"})
    report = json.loads(migrate(tree, "--write", "--format", "json").stdout)
    assert [(p["path"], p.get("line")) for p in report["unparsed"]] == [("app/broken.py", 2), ("app/latin.py", None)]
    assert (tree / "app/broken.py").read_text() == broken
    assert migrate(tree / "app/broken.py").returncode == 0
    assert migrate(tree / "app/broken.py", "--fail-on", "likely").returncode == 1


def test_github_commands(tree):
    done = migrate("--format", "github", cwd=tree)
    assert "::error file=app/spans.py,line=5,endLine=5,col=10,endColumn=21,title=span-set-tag-str::" in done.stdout


def test_html_is_one_page(tree):
    put(tree, {"app/<script>alert(1)<.py": PROGRAM})
    page = tree / "report.html"
    assert migrate("app", "--format", "html", "--output", "report.html", cwd=tree).stdout == ""
    text = page.read_text()
    assert "<script>alert(1)" not in text and "&lt;script&gt;alert(1)&lt;.py" in text


def test_an_interrupt_ends_it(tmp_path):
    fifo = tmp_path / "out"
    os.mkfifo(fifo)
    # Its standard input never ends, so that it waits.
    process = subprocess.Popen([migrate.binary, "migrate", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        process.stdin.write(b"x = 1\n")
        process.stdin.flush()
        process.send_signal(signal.SIGTERM)
        process.stdin.close()
        assert process.wait(30) in (130, -signal.SIGTERM)
    finally:
        process.kill()

"""`hoofprint migrate --write`, `--diff` and `--since` in real git repositories."""

import json
import os

import pytest
from migrated import DOCKERFILE
from migrated import PROGRAM
from migrated import Repository
from migrated import findings
from migrated import migrate
from migrated import put


ENCODED = {
    "plain.py": PROGRAM.encode(),
    "windows.py": PROGRAM.replace("\n", "\r\n").encode(),
    "bom.py": b"\xef\xbb\xbf" + PROGRAM.encode(),
    "latin.py": b"# -*- coding: latin-1 -*-\nx = '\xe9'\n" + PROGRAM.encode(),
    "tabs.py": PROGRAM.replace("    ", "\t").replace('"route", ', '"route",   ').encode() + b"\t# kept \xc3\xa9",
    "with space and é.py": PROGRAM.encode(),
}


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "repo", dict(ENCODED, **{"README.md": "no use\n"}))


def mended(text):
    return text.replace(b"set_tag_str", b"set_tag")


def test_write_changes_nothing_but_the_uses(repository):
    done = migrate(repository.root, "--write")
    assert done.returncode == 0, done.stdout + done.stderr
    for name, text in ENCODED.items():
        assert (repository.root / name).read_bytes() == mended(text), name
    assert len(repository.changed_lines()) == 2 * len(ENCODED)
    repository.commit()
    assert migrate(repository.root, "--write").returncode == 0
    assert repository.git("status", "--porcelain") == b""


def test_diff_is_what_git_applies(repository):
    for folder, cwd in ((".", repository.root), (repository.root, "/")):
        diff = migrate(folder, "--diff", cwd=cwd)
        assert repository.git("status", "--porcelain") == b""
        repository.git("apply", "-", input=diff.stdout.encode(errors="surrogateescape"))
        for name, text in ENCODED.items():
            assert (repository.root / name).read_bytes() == mended(text), name
        repository.git("checkout", "-q", ".")


def test_files_keep_what_they_are(tmp_path):
    root = put(tmp_path / "tree", {"script": "#!/usr/bin/env python3\n" + PROGRAM, "elsewhere/real.py": PROGRAM})
    (root / "script").chmod(0o750)
    link = tmp_path / "link.py"
    link.symlink_to(root / "elsewhere/real.py")
    migrate(root / "script", link, "--write")
    assert (root / "script").stat().st_mode & 0o777 == 0o750
    assert "set_tag_str" not in (root / "script").read_text()
    assert link.is_symlink() and "set_tag_str" not in (root / "elsewhere/real.py").read_text()
    assert sorted(p.name for p in root.rglob("*")) == ["elsewhere", "real.py", "script"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_what_may_not_be_read_or_written_is_reported(repository):
    (repository.root / "plain.py").chmod(0o444)
    (repository.root / "bom.py").chmod(0)
    done = migrate(repository.root, "--write", "--format", "json")
    assert done.returncode == 2
    assert sorted(e["path"] for e in json.loads(done.stdout)["errors"]) == ["bom.py", "plain.py"]
    assert (repository.root / "plain.py").read_bytes() == ENCODED["plain.py"]
    assert (repository.root / "windows.py").read_bytes() == mended(ENCODED["windows.py"])


def test_todo_is_left_once_and_only_when_asked(tmp_path):
    text = PROGRAM + "    span.finish_with_ancestors()\n"
    repository = Repository(tmp_path / "repo", {"a.py": text})
    migrate(repository.root, "--write")
    assert "TODO" not in (repository.root / "a.py").read_text()
    migrate(repository.root, "--write", "--todo")
    once = (repository.root / "a.py").read_text()
    lines = once.split("\n")
    at = next(i for i, line in enumerate(lines) if "finish_with_ancestors" in line and "TODO" not in line)
    assert lines[at - 1].startswith("    # TODO(hoofprint): span-finish-with-ancestors: ")
    assert once.count("TODO(hoofprint)") == 1
    migrate(repository.root, "--write", "--todo")
    assert (repository.root / "a.py").read_text() == once


def test_since_reports_changed_lines(tmp_path):
    repository = Repository(tmp_path / "repo", {"old.py": PROGRAM, "changed.py": PROGRAM, "Dockerfile": DOCKERFILE})
    repository.git("checkout", "-qb", "work")
    put(repository.root, {"committed.py": PROGRAM})
    repository.commit()
    put(
        repository.root,
        {
            "changed.py": PROGRAM + '    span.set_tag_str("new", "1")\n',
            "untracked.py": PROGRAM,
            "Dockerfile": DOCKERFILE + "ENV A=1\n",
        },
    )
    report = json.loads(migrate(repository.root, "--since", "main", "--format", "json").stdout)
    assert [f[:2] for f in findings(report)] == [("changed.py", 6), ("committed.py", 5), ("untracked.py", 5)]
    done = migrate(repository.root, "--since", "nonsense")
    assert done.returncode == 2 and "git knows no such commit" in done.stderr
    migrate(repository.root, "--since", "main", "--write")
    assert (repository.root / "old.py").read_text() == PROGRAM
    assert (repository.root / "changed.py").read_text() == PROGRAM + '    span.set_tag("new", "1")\n'

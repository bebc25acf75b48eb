"""The service name of an application that was given none; expected values are ddtrace 4.16.0's."""

import os

import pytest
from processes import launched


@pytest.fixture
def project(tmp_path):
    """proj/app.py, proj/pkg/{__init__,__main__}.py, proj/pkg/sub/{__init__,mod}.py, plain/run.py"""
    show = "from ddtrace import config\nprint(config.service)\n"
    for name in ("proj/app.py", "proj/pkg/__main__.py", "proj/pkg/sub/mod.py", "plain/run.py"):
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(show)
    for name in ("proj/pkg/__init__.py", "proj/pkg/sub/__init__.py"):
        (tmp_path / "src" / name).touch()
    return tmp_path / "src"


@pytest.mark.parametrize(
    ("directory", "arguments", "expected"),
    [
        ("proj", "app.py", "proj"),
        ("proj", "-m pkg", "None"),
        ("proj", "-m pkg.sub.mod", "None"),
        ("", "proj/app.py", "proj"),
        ("", "proj/pkg/sub/mod.py", "pkg.sub"),
        ("plain", "run.py a=b /tmp", "plain"),
        ("proj", "-X dev app.py --x pkg", "proj"),
        ("proj", "-O -m pkg app.py", "proj"),
        ("proj", "-O -m pkg -m pkg", "pkg"),
    ],
)
def test_like_ddtrace(tmp_path, project, directory, arguments, expected):
    assert launched(tmp_path, *arguments.split(), cwd=os.path.join(str(project), directory)) == expected


def test_looking_for_a_module_imports_nothing(tmp_path, project):
    (project / "proj" / "noisy.py").write_text("print('imported')")
    assert launched(tmp_path, "-m", "pkg", "noisy.x", cwd=str(project / "proj")) == "None"

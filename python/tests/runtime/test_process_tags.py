"""How a process was started, on each local root; expected values are ddtrace 4.16.0's."""

import sys

import ddtrace._process_tags as module
import pytest
from processes import launched
from processes import output


PROGRAM = "from ddtrace.trace import tracer\nwith tracer.trace('a') as s: pass\nprint(s.get_tag('_dd.tags.process'))\n"


@pytest.fixture
def project(tmp_path):
    package = tmp_path / "proj" / "pkg"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(PROGRAM)
    (tmp_path / "proj" / "app.py").write_text(PROGRAM)
    return tmp_path / "proj"


def test_a_script(tmp_path, project):
    seen = launched(tmp_path, "app.py", cwd=str(project))
    assert seen == (
        "entrypoint.basedir:proj,entrypoint.name:app,entrypoint.type:script,entrypoint.workdir:proj,svc.auto:proj"
    )


@pytest.mark.skipif(sys.version_info < (3, 10), reason="3.9 does not tell the module's name")
def test_a_module(tmp_path, project):
    seen = launched(tmp_path, "-m", "pkg", cwd=str(project))
    assert seen == (
        "entrypoint.basedir:proj,entrypoint.name:pkg,entrypoint.type:module,entrypoint.workdir:proj,svc.auto:pkg"
    )


def test_a_given_service(tmp_path, project):
    seen = launched(tmp_path, str(project / "app.py"), cwd="/", DD_SERVICE="web")
    assert seen == "entrypoint.basedir:proj,entrypoint.name:app,entrypoint.type:script,svc.user:true"


def test_off(tmp_path):
    variables = {"DD_EXPERIMENTAL_PROPAGATE_PROCESS_TAGS_ENABLED": "false"}
    assert output(tmp_path, "-c", PROGRAM, **variables) == "None"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/usr/bin/gunicorn", ("gunicorn", "script")),
        ("python -m unittest", ("unittest", "module")),
        ("python script.py -m x", ("script", "script")),
        ("python -u /srv/app.py", ("app", "script")),
        ("", ("", "script")),
    ],
)
def test_entrypoints(command, expected):
    assert module._entrypoint(command) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("My App!!", "my_app"), ("a__b", "a_b"), ("é/x.y-z", "é/x.y-z"), ("x" * 200, "x" * 100), ("***", "")],
)
def test_values_are_normalised(value, expected):
    assert module._normalized(value) == expected

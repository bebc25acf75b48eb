"""What ddtrace-run makes of a Python process, seen from inside: sitecustomize, modules, children."""

import json
import sys
import textwrap

import pytest
from processes import BOOTSTRAP
from processes import PACKAGE_ROOT
from processes import launched
from processes import output
from processes import python


STATE = """
import json, sys
hooked = [type(f).__module__ for f in sys.meta_path if type(f).__module__.startswith("ddtrace")]
print(json.dumps({"hook": hooked, "path": sys.path, "mine": getattr(sys, "mine", None),
                  "ddtrace": sorted(m for m in sys.modules if m.split(".")[0] == "ddtrace")}))
"""


def state(run_dir, *arguments, **variables):
    return json.loads(launched(run_dir, *arguments, **variables))


def test_is_on_without_ddtrace_being_installed(tmp_path):
    seen = state(tmp_path, "-c", STATE)
    assert seen["hook"] == ["ddtrace._hooks"]
    assert str(PACKAGE_ROOT) not in seen["path"], "the package's neighbours must not become importable"
    program = "import ddtrace.auto, ddtrace.ext.http; from ddtrace.trace import tracer; print(tracer.enabled)"
    assert launched(tmp_path, "-c", program) == "True"


def test_it_is_this_ddtrace_that_is_used(tmp_path):
    """Another ddtrace may be installed in the application's environment."""
    other = tmp_path / "other" / "ddtrace"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("raise SystemExit('the other one')")
    program = "import ddtrace; print(ddtrace.__file__)"
    assert launched(tmp_path, "-c", program, PYTHONPATH=str(other.parent)) == str(PACKAGE_ROOT / "ddtrace/__init__.py")


def test_off_hooks_nothing(tmp_path):
    seen = state(tmp_path, "-c", STATE, DD_TRACE_ENABLED="false")
    assert seen["hook"] == []
    assert not [m for m in seen["ddtrace"] if m in ("ddtrace._patch", "ddtrace._core", "ddtrace.trace")]


def test_the_users_sitecustomize_runs(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "sitecustomize.py").write_text("import sys\nsys.mine = __file__\nsys.path.append('/added')\n")
    seen = state(tmp_path, "-c", STATE, PYTHONPATH=str(mine))
    assert seen["mine"] == str(mine / "sitecustomize.py")
    assert "/added" in seen["path"] and str(BOOTSTRAP) in seen["path"]
    program = "import sitecustomize; print(sitecustomize.__file__)"
    assert launched(tmp_path, "-c", program, PYTHONPATH=str(mine)) == str(mine / "sitecustomize.py")


def test_without_one_ours_stays(tmp_path):
    # Some distributions bring a sitecustomize of their own; -S would hide ours too.
    assert launched(tmp_path, "-c", "import sitecustomize; print('sitecustomize' in sitecustomize.__name__)") == "True"


def test_a_failing_sitecustomize_fails_as_without_us(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "sitecustomize.py").write_text("import no_such_module_anywhere\n")
    plain = python(tmp_path, "-c", "print(1)", PYTHONPATH=str(mine))
    ours = python(tmp_path, "-c", "print(1)", PYTHONPATH="%s:%s" % (BOOTSTRAP, mine))
    assert plain.stdout == ours.stdout == "1\n"
    assert "no_such_module_anywhere" in plain.stderr
    assert "no_such_module_anywhere" in ours.stderr


@pytest.mark.parametrize("flag", ["-S", "-I", "-E"])
def test_flags_that_skip_sitecustomize_run_untraced(tmp_path, flag):
    assert json.loads(launched(tmp_path, flag, "-c", STATE))["hook"] == []


def test_python_m_sees_its_own_arguments(tmp_path):
    (tmp_path / "program.py").write_text("import sys\nprint(sys.argv[1:], __name__)\n")
    assert launched(tmp_path, "-m", "program", "-x", "y") == "['-x', 'y'] __main__"


def test_spawned_children_are_traced(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(
            """
            import multiprocessing, sys

            def child(queue):
                from ddtrace.trace import tracer
                with tracer.trace("in.child") as span:
                    pass
                queue.put((span.finished, any(type(f).__module__ == "ddtrace._hooks" for f in sys.meta_path)))

            if __name__ == "__main__":
                context = multiprocessing.get_context("spawn")
                queue = context.Queue()
                process = context.Process(target=child, args=(queue,))
                process.start()
                print(queue.get(timeout=30))
                process.join()
            """
        )
    )
    assert launched(tmp_path, program) == "(True, True)"
    assert len(list(tmp_path.glob("*.ring"))) == 1, "only the child made a span"


def test_subprocesses_of_python_are_traced(tmp_path):
    program = "import subprocess, sys; print(subprocess.check_output([sys.executable, '-c', %r], text=True))" % STATE
    assert json.loads(launched(tmp_path, "-c", program))["hook"] == ["ddtrace._hooks"]


def test_auto_does_the_same(tmp_path):
    seen = json.loads(output(tmp_path, "-c", "import ddtrace.auto\n" + STATE))
    assert seen["hook"] == ["ddtrace._hooks"]


def test_the_bootstrap_module_can_be_imported_by_name(tmp_path):
    """As uWSGI's `import = ddtrace.bootstrap.sitecustomize` does."""
    program = "import ddtrace.bootstrap.sitecustomize as s\nassert s.loaded\n" + STATE
    assert json.loads(output(tmp_path, "-c", program))["hook"] == ["ddtrace._hooks"]


def test_importing_auto_loads_little(tmp_path):
    """Every traced process pays for this import; a module that creeps in shows here."""
    program = "import sys; before = set(sys.modules)\nimport ddtrace.auto\nprint(*sorted(set(sys.modules) - before))"
    loaded = output(tmp_path, "-S", "-c", program).split()
    heavy = {"typing", "re", "json", "logging", "socket", "inspect", "dataclasses", "threading", "urllib", "pathlib"}
    heavy |= {"importlib", "warnings", "types"}
    assert not heavy & set(loaded)
    assert len([name for name in loaded if name.startswith("ddtrace")]) < 12


def test_the_package_alone_starts_nothing(tmp_path):
    program = "import ddtrace, sys\nfrom ddtrace import patch, config, tracer\n" + STATE
    assert json.loads(output(tmp_path, "-c", program))["hook"] == []
    assert list(tmp_path.iterdir()) == []


def test_public_names(tmp_path):
    import ddtrace

    assert ddtrace.__version__ == "4.16.0"
    assert set(ddtrace.__all__) == {"__version__", "patch", "patch_all", "config", "DDTraceDeprecationWarning"}
    assert set(ddtrace.__all__) <= set(dir(ddtrace))
    assert issubclass(ddtrace.DDTraceDeprecationWarning, DeprecationWarning)
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        _ = ddtrace.no_such_name
    from ddtrace.trace import tracer

    assert ddtrace.tracer is tracer
    assert sys.modules["ddtrace"] is ddtrace

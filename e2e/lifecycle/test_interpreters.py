"""Sub-interpreters, zipped applications, one-file bundles, and tracing that is switched off."""

import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from product import DDTRACE_RUN
from product import ROOT
from product import wait_for


# As mod_wsgi has it: the application runs in an interpreter that is not the first of its process.
SUB_INTERPRETERS = """
import sys
if sys.version_info >= (3, 13):
    import _interpreters as interpreters
    create = lambda: interpreters.create('legacy')
else:
    import _xxsubinterpreters as interpreters
    create = (lambda: interpreters.create(isolated=False)) if sys.version_info >= (3, 10) else interpreters.create
import ddtrace
from ddtrace.trace import tracer
code = '''
import sys
sys.path[:0] = [%r]
from ddtrace.trace import tracer
for i in range(10):
    with tracer.trace("in.sub"):
        tracer.trace("in.sub.child").finish()
''' % ddtrace.__path__[0].rpartition('/')[0]
with tracer.trace('main'):
    for _ in range(3):
        made = create()
        failure = interpreters.run_string(made, code)
        if failure:
            print(failure)
        interpreters.destroy(made)
tracer.trace('last').finish()
"""


def test_sub_interpreters(host):
    ran = host.run(SUB_INTERPRETERS)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert ran.names(62) == ["in.sub"] * 30 + ["in.sub.child"] * 30 + ["last", "main"]


def test_a_sub_interpreter_is_the_first_that_traces(host):
    source = SUB_INTERPRETERS.replace("from ddtrace.trace import tracer\ncode", "code").replace(
        "with tracer.trace('main'):", "if True:"
    )
    source = source.replace("tracer.trace('last').finish()", "")
    ran = host.run(source, launcher=(), PYTHONPATH=str(ROOT / "python"))
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert ran.names(60) == ["in.sub"] * 30 + ["in.sub.child"] * 30


OFF = """
import sys, threading
import ddtrace.auto
import ddtrace
from ddtrace.trace import tracer
with tracer.trace('one') as span:
    span.set_tag('a', 'b')
import sqlite3, logging
assert sqlite3.connect.__module__ == '_sqlite3', sqlite3.connect
assert not [f for f in sys.meta_path if 'ddtrace' in type(f).__module__]
assert threading.active_count() == 1
"""


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize("launcher", [(DDTRACE_RUN,), ()], ids=["ddtrace-run", "ddtrace.auto"])
def test_off_means_off(idle_product, launcher):
    """No file is made, no socket opened, no process or thread started, nothing outside the package read."""
    program = idle_product.scratch / "off.py"
    program.write_text(OFF)
    log = idle_product.scratch / "strace.log"
    env = idle_product.environment(DD_TRACE_ENABLED="false", PYTHONPATH=str(ROOT / "python"))
    traced = "trace=openat,open,creat,mkdir,rename,unlink,socket,connect,memfd_create,fallocate,"
    traced += "fork,vfork,clone,clone3,execve"
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", log, "-e", traced, *launcher, sys.executable, program],
        env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    # The launcher is a Go program and has threads until it becomes the application.
    lines = log.read_text().splitlines()
    begin = max(n for n, line in enumerate(lines) if "execve(" in line and " = 0" in line)
    calls = [line.split(None, 1)[1] for line in lines[begin:]]
    unwanted = ("socket(", "connect(", "memfd_create(", "fork(", "vfork(", "clone(", "clone3(", "mkdir(", "fallocate(")
    assert [call for call in calls if call.startswith(unwanted)] == []
    assert [call for call in calls if "O_CREAT" in call and ".pyc" not in call] == []
    assert [call for call in calls if str(idle_product.run_dir) in call or "/proc/self/cgroup" in call] == []
    assert os.listdir(idle_product.run_dir) == []
    assert not any(line for line in lines if "socket(AF_UNIX" in line)


def zip_application(path, source):
    """A zipapp with our package inside; an extension cannot be imported from there."""
    with zipfile.ZipFile(path, "w") as archive:
        package = ROOT / "python/ddtrace"
        for file in sorted(package.rglob("*.py")):
            archive.write(file, "ddtrace/" + str(file.relative_to(package)))
        archive.writestr("__main__.py", source)


def test_a_zipapp_with_the_package_inside(product):
    source = "import ddtrace.auto\nfrom ddtrace import _core\nfrom ddtrace.trace import tracer\n"
    source += "tracer.trace('zipped').finish()\nprint(_core.IS_NATIVE)\n"
    application = product.scratch / "application.pyz"
    zip_application(application, source)
    env = product.environment(DD_SERVICE="zipped", HOOFPRINT_BIN=str(ROOT / "bin/hoofprint"))
    done = subprocess.run([sys.executable, application], env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "False\n", "")
    wait_for(lambda: product.spans("service:zipped")["total"] == 1, "its span")


def test_a_zipapp_under_ddtrace_run(product):
    application = product.scratch / "application.pyz"
    with zipfile.ZipFile(application, "w") as archive:
        archive.writestr("__main__.py", "from ddtrace.trace import tracer\ntracer.trace('zipped').finish()\n")
    done = product.run(sys.executable, application, DD_SERVICE="zipped")
    assert (done.returncode, done.stderr) == (0, "")
    wait_for(lambda: product.spans("service:zipped")["total"] == 1, "its span")


def test_a_one_file_bundle(product):
    """PyInstaller: the package in an executable that unpacks itself."""
    pytest.importorskip("PyInstaller")
    program = product.scratch / "bundled.py"
    program.write_text(
        "import ddtrace.auto\nimport os, sqlite3\nfrom ddtrace import _core\nfrom ddtrace.trace import tracer\n"
        "tracer.trace('bundled').finish()\nsqlite3.connect(':memory:').execute('select 1')\n"
        "pid = os.fork()\nif pid == 0:\n    tracer.trace('child').finish()\n    os._exit(0)\nos.waitpid(pid, 0)\n"
        "from importlib.util import find_spec\nprint(_core.IS_NATIVE, find_spec('pytest'), find_spec('flask'))\n"
    )
    build = [sys.executable, "-m", "PyInstaller", "--onefile", "--log-level", "WARN", "--name", "bundled"]
    build += [
        "--additional-hooks-dir",
        str(ROOT / "python/ddtrace/_pyinstaller"),
    ]  # an installed package tells it itself
    build += ["--paths", str(ROOT / "python"), "--distpath", ".", "--workpath", "build", "--specpath", "build"]
    made = subprocess.run(
        [*build, str(program)], cwd=product.scratch, capture_output=True, text=True, timeout=300,
        env=dict(os.environ, PYTHONPATH=str(ROOT / "python")),
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    env = product.environment(DD_SERVICE="bundled", HOOFPRINT_BIN=str(ROOT / "bin/hoofprint"))
    done = subprocess.run([product.scratch / "bundled"], env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "%s None None\n" % (not os.environ.get("HOOFPRINT_PURE")),
        "",
    )
    wait_for(lambda: product.spans("service:bundled")["total"] == 2, "its spans")
    wait_for(lambda: product.spans("name:sqlite.query")["total"] == 1, "its integration's span")

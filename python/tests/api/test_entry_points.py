"""ddtrace.commands and ddtrace.bootstrap: how a program may start what the commands start."""

import os
import subprocess
import sys


def run(*arguments, **variables):
    env = {key: text for key, text in os.environ.items() if not key.startswith("DD_")}
    env.update({"HOOFPRINT_BIN": "/nonexistent", **variables})
    return subprocess.run([sys.executable, *arguments], env=env, capture_output=True, text=True, timeout=60)


def test_ddtrace_run_as_a_module_becomes_the_binary():
    done = run("-m", "ddtrace.commands.ddtrace_run", "python", "app.py", HOOFPRINT_BIN="/bin/echo")
    assert (done.returncode, done.stdout) == (0, "python app.py\n"), done.stderr


def test_ddtrace_run_without_a_binary_says_what_to_do():
    done = run("-c", "import sys; from ddtrace.commands.ddtrace_run import main; sys.argv[1:] = ['python']; main()")
    assert done.returncode == 1
    assert done.stderr.startswith("ddtrace-run: ") and "HOOFPRINT_BIN" in done.stderr
    assert done.stderr.count("\n") == 1


def test_post_preload_callbacks_run_once():
    code = (
        "from ddtrace.bootstrap.preload import register_post_preload, post_preload\n"
        "@register_post_preload\ndef first(): print('first')\n"
        "register_post_preload(lambda: print('second'))\n"
        "post_preload(); post_preload(); first()"
    )
    assert run("-c", code).stdout.split() == ["first", "second", "first"]


def test_cleaning_up_loaded_modules_leaves_them():
    code = (
        "import json, sys\nfrom ddtrace.bootstrap import cloning\nbefore = dict(sys.modules)\n"
        "cloning.cleanup_loaded_modules()\nprint(dict(sys.modules) == before)"
    )
    assert run("-c", code).stdout == "True\n"

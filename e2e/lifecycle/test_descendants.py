"""exec, fork, daemons, pools of processes: each process has its own ring, and none has another's."""

import subprocess
import sys

import pytest
from product import ROOT
from product import wait_for


HEAD = "import os, signal, sys, threading, time\nfrom ddtrace.trace import tracer\n"


def count(host, ran):
    return host.product.spans("service:" + ran.service)["total"]


def test_exec_of_another_program(host):
    source = (
        HEAD
        + """
tracer.trace('program%d' % len(sys.argv)).finish()
open_at_exec = tracer.trace('open')
if len(sys.argv) < 3:
    os.execv(sys.executable, [sys.executable, *sys.argv, 'again'])
open_at_exec.finish()
"""
    )
    ran = host.run(source)
    assert (ran.returncode, ran.stderr) == (0, "")
    # Two of the open spans can never be finished.
    assert ran.names(6) == ["open"] * 3 + ["program1", "program2", "program3"]


def test_the_ring_of_a_program_that_was_replaced_is_given_back(host):
    """A server that restarts by exec must not keep the memory of all that it was."""
    source = (
        HEAD
        + """
def rings():
    names = os.listdir(os.environ['HOOFPRINT_RUN_DIR'])
    return [name for name in names if name.startswith('%d-' % os.getpid()) and name.endswith('.ring')]
tracer.trace('program').finish()
if len(sys.argv) < 5:
    os.execv(sys.executable, [sys.executable, *sys.argv, 'again'])
until = time.monotonic() + 20
while len(rings()) > 1 and time.monotonic() < until:
    time.sleep(0.05)
print(len(rings()))
tracer.trace('last').finish()
"""
    )
    ran = host.run(source)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "1\n", "")
    assert ran.names(6) == ["last"] + ["program"] * 5


def test_exec_in_a_thread_while_others_trace(host):
    source = (
        HEAD
        + """
def work():
    while True:
        tracer.trace('busy').finish()
if len(sys.argv) == 1:
    for _ in range(3):
        threading.Thread(target=work, daemon=True).start()
    time.sleep(0.05)
    os.execv(sys.executable, [sys.executable, *sys.argv, 'again'])
tracer.trace('after').finish()
"""
    )
    ran = host.run(source, DD_TRACE_RING_SIZE=str(64 << 20))
    assert (ran.returncode, ran.stderr) == (0, "")
    product = host.product
    wait_for(lambda: product.spans("name:after service:" + ran.service)["total"] == 1, "the span after exec")
    assert product.spans("name:busy service:" + ran.service)["total"] > 0


DAEMON = (
    HEAD
    + """
tracer.trace('parent').finish()

def close_everything():
    import resource
    for fd in range(min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 4096)):
        try:
            os.close(fd)
        except OSError:
            pass

if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
os.chdir('/')
os.umask(0)
close_everything()
for _ in range(3):
    os.open(os.devnull, os.O_RDWR)
for i in range(20):
    with tracer.trace('daemon'):
        tracer.trace('daemon.child').finish()
os._exit(0) if sys.argv[1] == 'exit' else os.kill(os.getpid(), signal.SIGTERM)
"""
)


@pytest.mark.parametrize("end", ["exit", "kill"])
def test_a_daemon_that_closes_every_descriptor(host, end):
    ran = host.run(DAEMON, end)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.names(41) == ["daemon"] * 20 + ["daemon.child"] * 20 + ["parent"]


def test_descriptors_closed_in_one_process_and_used_by_others(host):
    """Whoever closes everything closes nothing of ours that would be missed, nor do we of theirs."""
    source = (
        HEAD
        + """
tracer.trace('first').finish()
before = len(os.listdir('/proc/self/fd'))
os.closerange(3, 4096)
mine = [os.open(os.devnull, os.O_RDONLY) for _ in range(20)]
for i in range(500):
    tracer.trace('later').finish()
pid = os.fork()
if pid == 0:
    tracer.trace('child').finish()
    for fd in mine: os.fstat(fd)
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
for fd in mine: os.fstat(fd)
"""
    )
    ran = host.run(source)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.names(502) == ["child", "first"] + ["later"] * 500


def test_forks_in_threads(host):
    source = (
        HEAD
        + """
def work(n):
    for i in range(10):
        with tracer.trace('thread'):
            pid = os.fork()
            if pid == 0:
                with tracer.trace('child'):
                    tracer.trace('grandchild').finish()
                os._exit(0)
            assert os.waitpid(pid, 0)[1] == 0
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for t in threads: t.start()
for t in threads: t.join()
"""
    )
    ran = host.run(source)
    assert (ran.returncode, ran.stderr) == (0, "")
    spans = {span["span_id"]: span for span in ran.spans(120)}
    for span in spans.values():
        if span["name"] != "thread":
            assert spans[span["parent_id"]]["name"] == {"child": "thread", "grandchild": "child"}[span["name"]]


def test_many_short_children_need_little(host):
    """Hundreds of processes at once: every span arrives, and their rings are gone after them."""
    source = (
        HEAD
        + """
with tracer.trace('parent'):
    for round in range(5):
        children = []
        for i in range(60):
            pid = os.fork()
            if pid == 0:
                tracer.trace('child').finish()
                os._exit(0)
            children.append(pid)
        for pid in children:
            assert os.waitpid(pid, 0)[1] == 0
"""
    )
    ran = host.run(source, DD_TRACE_RING_SIZE=str(64 << 10))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.names(301) == ["child"] * 300 + ["parent"]
    wait_for(lambda: not list(host.product.run_dir.glob("*.ring")), "the rings are gone")


def test_forks_of_forks_that_run_nothing_make_no_ring(host):
    source = (
        HEAD
        + """
tracer.trace('parent').finish()
import subprocess
for i in range(20):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    subprocess.run(['true'], check=True)
mine = [name for name in os.listdir(os.environ['HOOFPRINT_RUN_DIR']) if name.endswith('.ring')]
print(len([name for name in mine if not name.startswith('%d-' % os.getpid())]))
"""
    )
    ran = host.run(source)
    assert (ran.returncode, ran.stderr, ran.stdout) == (0, "", "0\n")
    assert ran.names(1) == ["parent"]


MULTIPROCESSING = """
import multiprocessing, sys
from ddtrace.trace import tracer

def work(n):
    with tracer.trace('task'):
        tracer.trace('part').finish()
    return n

if __name__ == '__main__':
    context = multiprocessing.get_context(sys.argv[1])
    with tracer.trace('main'):
        process = context.Process(target=work, args=(0,))
        process.start(); process.join()
        assert process.exitcode == 0
        with context.Pool(3) as pool:
            assert pool.map(work, range(20)) == list(range(20))
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(host, method):
    # Leaving the pool's block kills its workers.
    ran = host.run(MULTIPROCESSING, method)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.names(43) == ["main"] + ["part"] * 21 + ["task"] * 21


FUTURES = """
import concurrent.futures, sys
from ddtrace.trace import tracer

def work(n):
    with tracer.trace('task'):
        return n

if __name__ == '__main__':
    kind = getattr(concurrent.futures, sys.argv[1])
    with kind(3) as executor:
        assert list(executor.map(work, range(30))) == list(range(30))
"""


@pytest.mark.parametrize("kind", ["ThreadPoolExecutor", "ProcessPoolExecutor"])
def test_concurrent_futures(host, kind):
    ran = host.run(FUTURES, kind)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.names(30) == ["task"] * 30


def test_asyncio_subprocesses_and_tasks(host):
    source = """
import asyncio, sys
from ddtrace.trace import tracer

async def work(n):
    with tracer.trace('task'):
        await asyncio.sleep(0.001)
        with tracer.trace('part'):
            process = await asyncio.create_subprocess_exec(
                sys.executable, '-c', "from ddtrace.trace import tracer; tracer.trace('process').finish()")
            assert await process.wait() == 0

async def main():
    with tracer.trace('main'):
        await asyncio.gather(*[work(n) for n in range(4)])
asyncio.run(main())
"""
    ran = host.run(source)
    assert (ran.returncode, ran.stderr) == (0, "")
    spans = {span["span_id"]: span for span in ran.spans(13)}
    for span in spans.values():
        parent = spans.get(span["parent_id"], {}).get("name")
        assert parent == {"task": "main", "part": "task"}.get(span["name"])


def test_gevent(host):
    pytest.importorskip("gevent")
    source = """
import gevent.monkey
gevent.monkey.patch_all()
import gevent, os, threading, time
from ddtrace.trace import tracer

def work(n):
    with tracer.trace('task'):
        time.sleep(0.001)
        with tracer.trace('part'):
            time.sleep(0.001)

with tracer.trace('main'):
    gevent.joinall([gevent.spawn(work, n) for n in range(20)])
    pid = os.fork()
    if pid == 0:
        gevent.joinall([gevent.spawn(work, n) for n in range(5)])
        os._exit(0)
    os.waitpid(pid, 0)
"""
    ran = host.run(source)
    assert (ran.returncode, ran.stderr) == (0, "")
    spans = {span["span_id"]: span for span in ran.spans(51)}
    for span in spans.values():
        if span["name"] == "part":
            assert spans[span["parent_id"]]["name"] == "task"


def test_a_vfork_and_a_shell_between_traced_programs(host):
    """subprocess in all its ways; what the child finds in its environment is enough."""
    source = """
import subprocess, sys, os
from ddtrace.trace import tracer
child = "from ddtrace.trace import tracer; tracer.trace('child').finish()"
with tracer.trace('parent'):
    subprocess.run([sys.executable, '-c', child], check=True)
    subprocess.run([sys.executable, '-c', child], check=True, close_fds=False)
    subprocess.run([sys.executable, '-c', child], check=True, start_new_session=True, preexec_fn=os.getpid)
    assert os.system("%s -c \\"%s\\"" % (sys.executable, child)) == 0
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, '-c', child], os.environ), 0)
"""
    ran = host.run(source)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.names(6) == ["child"] * 5 + ["parent"]


def test_an_environment_that_was_emptied(host):
    """A child that is started with no environment is untraced, and works."""
    source = """
import subprocess, sys
from ddtrace.trace import tracer
tracer.trace('parent').finish()
print(subprocess.run([sys.executable, '-c', "import sys; print('ddtrace' in sys.modules)"], env={}, check=True,
                     stdout=subprocess.PIPE, text=True).stdout)
"""
    ran = host.run(source)
    assert (ran.returncode, ran.stderr, ran.stdout.strip()) == (0, "", "False")
    assert ran.names(1) == ["parent"]


def test_a_program_that_reaps_every_child_itself(idle_product):
    """The collector's stub is a child of the program for a moment; SIGCHLD and wait() belong to the program."""
    source = """
import os, signal, sys, time
seen = []
signal.signal(signal.SIGCHLD, lambda *_: seen.append(1))
import ddtrace.auto
from ddtrace.trace import tracer
tracer.trace('x').finish()
pid = os.fork()
if pid == 0:
    os._exit(7)
while True:
    found, status = os.wait()
    if found == pid:
        break
    print('a child that is not ours', found)
print(os.WEXITSTATUS(status))
try:
    os.wait()
except ChildProcessError:
    print('no more')
"""
    env = idle_product.environment(PYTHONPATH=str(ROOT / "python"))
    done = subprocess.run([sys.executable, "-c", source], env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "7\nno more\n", "")

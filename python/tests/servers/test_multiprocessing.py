"""multiprocessing in its three start methods, with an integration at work in the children."""

import subprocess
import sys
import textwrap

import pytest
import ring_spans
from test_servers import environment


PROGRAM = textwrap.dedent("""
    import multiprocessing
    import sqlite3
    import sys

    from ddtrace.trace import tracer


    def query(number):
        with tracer.trace("task", resource=str(number)):
            sqlite3.connect(":memory:").execute("select %d" % number)


    if __name__ == "__main__":
        with tracer.trace("parent"):
            with multiprocessing.get_context(sys.argv[1]).Pool(3) as pool:
                pool.map(query, range(60), chunksize=1)
                pool.close()
                pool.join()
""")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_the_children_lose_no_span(method, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    env = environment(tmp_path / "run")
    done = subprocess.run([sys.executable, str(program), method], env=env, timeout=120, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    spans = ring_spans.read(str(tmp_path / "run"))
    (parent,) = [span for span in spans if span["name"] == "parent"]
    tasks = {span["resource"]: span for span in spans if span["name"] == "task"}
    queries = [span for span in spans if span["name"] == "sqlite.query"]
    assert sorted(map(int, tasks)) == list(range(60)) and len(queries) == 60
    for task in tasks.values():
        assert task["pid"] != parent["pid"]
        # A forked child goes on with the span that was open where it was forked.
        assert task["parent_id"] == (parent["span_id"] if method == "fork" else 0)
    for query in queries:
        number = query["resource"].split()[1]
        assert query["parent_id"] == tasks[number]["span_id"]
        assert query["trace_id"] == tasks[number]["trace_id"] and query["pid"] == tasks[number]["pid"]

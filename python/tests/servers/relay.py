"""A Flask application that asks another server for each request, and tells what it knows of its trace.

python relay.py <url of the other server>      prints its own port
"""

import sys
import threading
import time

import flask
import requests
from ddtrace.trace import tracer
from werkzeug.serving import make_server


app = flask.Flask("relay")


roots = []


@app.route("/finished")
def finished():
    """The tags of the root of the request before, which ends a little after its answer."""
    root = roots[-1]
    until = time.monotonic() + 10
    while not root.finished and time.monotonic() < until:
        time.sleep(0.001)
    return dict(root.get_tags())


@app.route("/", methods=["GET"])
def relay():
    root = tracer.current_root_span()
    roots[:] = [root]
    knows = {
        "trace_id": "%032x" % root.trace_id,
        "parent_id": "%016x" % (root.parent_id or 0),
        "span_id": "%016x" % tracer.current_span().span_id,
        "priority": root.context.sampling_priority,
        "baggage": dict(root.context.get_all_baggage_items()),
        "links": ["%032x" % link.trace_id for link in root._links or ()],
    }
    for name in flask.request.args.getlist("item"):
        key, _, value = name.partition(":")
        root.context.set_baggage_item(key, value)
    if "keep" in flask.request.args:
        root.set_tag("manual.keep")
    knows["sent"] = requests.get(sys.argv[1], timeout=10).json()
    return knows


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(server.server_port, flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
    server.serve_forever()

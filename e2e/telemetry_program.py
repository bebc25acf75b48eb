"""A small Flask application that is asked on stdin, and says on stdout what became of each request."""

import json
import logging
import sys

import flask
import requests  # noqa: F401  one more integration and a few more dependencies
from ddtrace.trace import tracer


app = flask.Flask(__name__)
roots = []
records = []


class Keep(logging.Handler):
    def emit(self, record):
        records.append(record)


log = logging.getLogger("app")
log.addHandler(Keep())
log.propagate = False


@app.route("/")
def index():
    roots.append(tracer.current_root_span())
    log.warning("hello")
    return "hi"


def facts(root):
    record = records[-1]
    said = {
        "enabled": tracer.enabled,
        "log has trace": getattr(record, "dd.trace_id", None) not in (None, "", "0"),
    }
    if root is not None and tracer.enabled:
        for name in ("_dd.p.dm", "_dd.p.ksr", "who", "team", "a", "http.request.headers.x-who"):
            said[name] = root.get_tag(name)
        said["rule"] = root.get_metric("_dd.rule_psr")
        said["priority"] = root.context.sampling_priority
    return said


client = app.test_client()
for _ in sys.stdin:
    client.get("/", headers={"X-Who": "me"}).close()
    sys.stdout.write(json.dumps(facts(roots[-1]), sort_keys=True) + "\n")
    sys.stdout.flush()

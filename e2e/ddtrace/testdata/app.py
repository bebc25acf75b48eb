"""A Flask application that calls itself over HTTP, and everything a span can carry."""

import threading

import flask
import requests
from ddtrace import tracer
from werkzeug.serving import make_server


app = flask.Flask("shop")


@app.get("/orders/<int:number>")
def order(number):
    return flask.render_template_string("order {{ n }}", n=number)


@app.get("/broken")
def broken():
    raise ValueError("no such order")


server = make_server("127.0.0.1", 0, app, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = "http://127.0.0.1:%d" % server.server_port

with tracer.trace("shop.everything", service="shop-jobs", resource="every \U0001f40e kind", span_type="worker") as root:
    requests.get(base + "/orders/7")
    requests.get(base + "/broken")
    root.set_tag("text", "na\u00efve")
    root.set_metric("number", 0.25)
    with tracer.trace("shop.linked") as child:
        child.set_link(
            trace_id=0x6740C1E8000000004F1C09BE77A2D310,
            span_id=0x1122334455667788,
            tracestate="dd=s:1",
            flags=1,
            attributes={"reason": "retry", "count": 2},
        )
        child._add_event(
            "tick", {"text": "x", "whole": 3, "part": 0.5, "yes": True, "list": ["a", "b"]}, 1700000000000000001
        )
server.shutdown()

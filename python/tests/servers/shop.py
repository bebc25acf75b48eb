"""The application that the servers serve: one view with a span, two queries and a template."""

import sqlite3
import time

import flask
from ddtrace.trace import tracer


app = flask.Flask("shop")


@app.route("/order/<int:number>")
def order(number):
    with tracer.trace("work", resource=str(number)):
        connection = sqlite3.connect(":memory:")
        connection.execute("create table item (number)")
        time.sleep(0.005)  # lets other requests run in between
        connection.execute("insert into item values (?)", (number,))
    return flask.render_template_string("{{ number }}", number=number)


# name -> name of its parent, for every span of one request
SPANS = [
    ("flask.request", None),
    ("flask.application", "flask.request"),
    ("flask.preprocess_request", "flask.application"),
    ("flask.dispatch_request", "flask.application"),
    ("shop.order", "flask.dispatch_request"),
    ("work", "shop.order"),
    ("sqlite.query", "work"),
    ("sqlite.query", "work"),
    ("flask.render_template_string", "shop.order"),
    ("jinja2.compile", "flask.render_template_string"),
    ("jinja2.render", "flask.render_template_string"),
    ("flask.process_response", "flask.application"),
    ("flask.do_teardown_request", "flask.application"),
    ("flask.do_teardown_appcontext", "flask.application"),
    ("flask.response", "flask.request"),
]

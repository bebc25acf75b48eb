"""A Flask application of the usual kind: a template, a database, some work."""

import sqlite3

from flask import Flask
from flask import render_template_string


app = Flask(__name__)
PAGE = "<ul>{% for id, name in rows %}<li>{{ id }} {{ name }}</li>{% endfor %}</ul>"


def database():
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)")
    connection.executemany("INSERT INTO item (name) VALUES (?)", [("item %d" % i,) for i in range(50)])
    return connection


connection = database()


@app.route("/")
def index():
    rows = connection.execute("SELECT id, name FROM item WHERE id > ? LIMIT 10", (7,)).fetchall()
    return render_template_string(PAGE, rows=rows)

"""The shop: pages of a small store, which asks the stock service what is there.

    python app.py PORT

Configured by STOCK_URL and SHOP_DATABASE. Nothing in here knows about tracing.
"""

import os
import sqlite3
import sys
from contextlib import closing

import requests
from flask import Flask
from flask import abort
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for


ITEMS = ["saddle", "bridle", "halter", "girth", "stirrup", "reins", "blanket", "hoof pick", "curry comb", "lead rope"]

# Joins every sale with every item: slow in the way reports are.
REPORT = """
WITH RECURSIVE day(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM day WHERE n < ?)
SELECT item.name, count(*), sum(item.price * day.n % 97)
FROM day JOIN item JOIN item AS other ON other.id <= item.id
GROUP BY item.name ORDER BY item.name
"""


class CardDeclined(Exception):
    """The bank said no."""


def connect():
    connection = sqlite3.connect(os.environ["SHOP_DATABASE"], timeout=5)
    connection.row_factory = sqlite3.Row
    return connection


def create_tables():
    with closing(connect()) as db, db:
        db.execute("CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, name TEXT, price INTEGER)")
        db.execute("CREATE TABLE IF NOT EXISTS sale (id INTEGER PRIMARY KEY, item INTEGER, card TEXT)")
        for number, name in enumerate(ITEMS, start=1):
            db.execute("INSERT OR REPLACE INTO item VALUES (?, ?, ?)", (number, name, 900 + 350 * number))


def stock(method, path):
    answer = requests.request(method, os.environ["STOCK_URL"] + path, timeout=10)
    answer.raise_for_status()
    return answer.json()


app = Flask(__name__)


@app.get("/")
def index():
    with closing(connect()) as db:
        items = db.execute("SELECT id, name, price FROM item ORDER BY name").fetchall()
    return render_template("index.html", items=items)


@app.get("/item/<int:number>")
def item(number):
    with closing(connect()) as db:
        found = db.execute("SELECT id, name, price FROM item WHERE id = ?", (number,)).fetchone()
        if found is None:
            abort(404)
        sold = db.execute("SELECT count(*) FROM sale WHERE item = ?", (number,)).fetchone()[0]
    return render_template("item.html", item=found, sold=sold, stock=stock("GET", "/stock/%d" % number))


@app.post("/buy/<int:number>")
def buy(number):
    stock("POST", "/stock/%d/reserve" % number)
    card = request.args.get("card", "good")
    if card != "good":
        raise CardDeclined("the bank declined a card that is %s" % card)
    with closing(connect()) as db, db:
        db.execute("INSERT INTO sale (item, card) VALUES (?, ?)", (number, card))
    return redirect(url_for("item", number=number))


@app.get("/report")
def report():
    days = min(max(request.args.get("days", 30, type=int), 1), 20000)
    with closing(connect()) as db:
        rows = db.execute(REPORT, (days,)).fetchall()
    return render_template("report.html", rows=rows, days=days)


if __name__ == "__main__":
    create_tables()
    app.run("127.0.0.1", int(sys.argv[1]), threaded=True)

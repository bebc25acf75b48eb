"""The stock: how much there is of each item, and when the supplier brings more.

    python app.py PORT

Configured by STOCK_DATABASE. Nothing in here knows about tracing.
"""

import os
import sqlite3
import sys
from contextlib import asynccontextmanager
from contextlib import closing

import httpx
import uvicorn
from fastapi import FastAPI
from fastapi import HTTPException
from fastapi import Request


FULL = 25


def connect():
    return sqlite3.connect(os.environ["STOCK_DATABASE"], timeout=5)


def create_tables():
    with closing(connect()) as db, db:
        db.execute("CREATE TABLE IF NOT EXISTS stock (item INTEGER PRIMARY KEY, left INTEGER)")
        db.executemany("INSERT OR REPLACE INTO stock VALUES (?, ?)", [(item, FULL) for item in range(1, 11)])


@asynccontextmanager
async def lifespan(app):
    async with httpx.AsyncClient(timeout=10) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


def left(item):
    with closing(connect()) as db:
        row = db.execute("SELECT left FROM stock WHERE item = ?", (item,)).fetchone()
    if row is None:
        raise HTTPException(404, "there is no item %d" % item)
    return row[0]


@app.get("/stock/{item}")
async def stock(item: int, request: Request):
    here = left(item)
    days = 0
    if here < FULL // 5:
        supplier = await request.app.state.client.get(str(request.url_for("supplier", item=item)))
        days = supplier.json()["days"]
    return {"item": item, "left": here, "days": days}


@app.post("/stock/{item}/reserve")
def reserve(item: int):
    with closing(connect()) as db, db:
        taken = db.execute("UPDATE stock SET left = left - 1 WHERE item = ? AND left > 0", (item,)).rowcount
        if not taken:
            db.execute("UPDATE stock SET left = ? WHERE item = ?", (FULL, item))
    return {"item": item, "reserved": bool(taken)}


@app.get("/supplier/{item}")
def supplier(item: int):
    return {"item": item, "days": 1 + item % 5}


if __name__ == "__main__":
    create_tables()
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")

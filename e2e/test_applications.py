"""Applications that nobody here wrote are traced without a change to them."""

import sqlite3
import subprocess
import sys
from pathlib import Path

from ports import free_port
from product import wait_for


BIN = Path(sys.executable).parent


def test_datasette(product):
    with sqlite3.connect(product.scratch / "some.db") as connection:
        connection.execute("CREATE TABLE horse (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO horse (name) VALUES (?)", [("Ada",), ("Bob",)])
    port = free_port()
    with product.serve_traced(BIN / "datasette", "serve", "some.db", "-p", port, DD_SERVICE="datasette") as server:
        status, body = server.get("http://127.0.0.1:%d/some/horse" % port)
        assert status == 200 and b"Ada" in body
    # Datasette speaks ASGI without a framework that ddtrace knows: its database and its templates are
    # what is seen of it.
    seen = wait_for(
        lambda: (
            product.spans("@component:jinja2 resource:table.html")["total"]
            and product.spans("@component:sqlite resource:*horse*")["spans"]
        ),
        "template and database spans",
    )
    assert {s["name"] for s in seen} == {"sqlite.query"}
    assert {s["service"] for s in seen} == {"sqlite"}


def test_wagtail(product):
    site = product.scratch / "site"
    site.mkdir()
    subprocess.run([str(BIN / "wagtail"), "start", "stable", str(site)], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"],
        cwd=site,
        check=True,
        env=product.environment(DD_TRACE_ENABLED="false"),
    )
    port = free_port()
    command = (sys.executable, "manage.py", "runserver", "--noreload", str(port))
    with product.serve_traced(*command, cwd=site, DD_SERVICE="stable") as server:
        status, body = server.get("http://127.0.0.1:%d/" % port)
        assert status == 200 and b"Welcome" in body
    wait_for(
        lambda: product.spans("@component:sqlite resource:SELECT*wagtailcore_page*")["total"],
        "the start page's queries",
    )

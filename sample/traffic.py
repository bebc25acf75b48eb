"""Visitors of the sample shop. Needs nothing but Python.

python traffic.py http://127.0.0.1:8080 --rate 5 --duration 60 --seed 1
"""

import argparse
import random
import threading
import time
import urllib.error
import urllib.request


# How many requests run at once: a shop that hangs must not collect threads.
VISITORS = 8


def choose(visitor):
    """One request as (method, path): mostly browsing, sometimes buying, seldom a bad card or a long report."""
    what = visitor.random()
    item = visitor.randint(1, 10)
    if what < 0.30:
        return "GET", "/"
    if what < 0.75:
        return "GET", "/item/%d" % item
    if what < 0.92:
        return "POST", "/buy/%d" % item
    if what < 0.95:
        return "POST", "/buy/%d?card=%s" % (item, visitor.choice(["expired", "stolen"]))
    if what < 0.97:
        return "GET", "/item/%d" % (item + 100)
    return "GET", "/report?days=%d" % visitor.choice([30, 300, 5000])


def visit(base, method, path):
    """Returns the status, or None when nobody answered."""
    try:
        with urllib.request.urlopen(urllib.request.Request(base + path, method=method), timeout=30) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        error.read()
        return error.code
    except OSError:
        return None


def run(base, rate, duration, seed, stop):
    """Sends requests at a steady rate until the duration (s, 0 for ever) is over or stop is set."""
    visitors = random.Random(seed)
    places = threading.Semaphore(VISITORS)
    counts = {}
    counting = threading.Lock()

    def one(method, path):
        try:
            status = visit(base, method, path)
            with counting:
                counts[status] = counts.get(status, 0) + 1
        finally:
            places.release()

    begun = time.monotonic()
    sent = 0
    while not stop.is_set() and not (duration and time.monotonic() - begun >= duration):
        stop.wait(max(0.0, begun + sent / rate - time.monotonic()))
        if stop.is_set() or not places.acquire(timeout=1):
            continue
        threading.Thread(target=one, args=choose(visitors), daemon=True).start()
        sent += 1
    for _ in range(VISITORS):  # wait for those under way
        places.acquire(timeout=5)
    return counts


def main():
    parser = argparse.ArgumentParser(description="Visitors of the sample shop.")
    parser.add_argument("shop", help="its address, as http://127.0.0.1:8080")
    parser.add_argument("--rate", type=float, default=5, help="requests per second (default 5)")
    parser.add_argument("--duration", type=float, default=0, help="seconds; 0 until interrupted (default)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed sends the same requests (default 1)")
    options = parser.parse_args()
    if not 0 < options.rate <= 1000:
        parser.error("--rate must be above 0 and at most 1000")
    stop = threading.Event()
    counts = {}
    try:
        counts = run(options.shop.rstrip("/"), options.rate, options.duration, options.seed, stop)
    except KeyboardInterrupt:
        stop.set()
    for status, number in sorted(counts.items(), key=str):
        print("%6d  %s" % (number, status or "no answer"))


if __name__ == "__main__":
    main()

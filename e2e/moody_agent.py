"""An agent that goes away, comes back on the same port, or takes its time."""

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer

import msgpack
from ports import free_port


class MoodyAgent:
    def __init__(self, answer_after=0.0, rates=None):
        self.answer_after = answer_after
        self.answer = json.dumps({"rate_by_service": rates or {}}).encode()
        self.spans = Counter()  # deliveries by span id
        self.chunks = []  # of span ids, in order of arrival
        self.answers = []  # when they were given, on the monotonic clock
        self.lock = threading.Lock()
        self.server = None
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port

    def __enter__(self):
        self.come()
        return self

    def __exit__(self, *_):
        self.go()

    def come(self):
        agent = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.server is not agent.server:
                    self.close_connection = True  # the agent went away meanwhile
                    return
                status = agent.take(self.path, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(agent.answer)))
                self.end_headers()
                self.wfile.write(agent.answer)

            do_GET = do_PUT = do_POST

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_):
                pass  # whoever asked has gone

        self.server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def go(self):
        server, self.server = self.server, None
        if server:
            server.shutdown()
            server.server_close()

    def take(self, path, body):
        if not path.endswith("/traces"):
            return 404
        chunks = msgpack.unpackb(body, raw=False, strict_map_key=False)
        if path == "/v0.5/traces":
            ids = [[span[4] for span in chunk] for chunk in chunks[1]]
        else:
            ids = [[span["span_id"] for span in chunk] for chunk in chunks]
        with self.lock:
            for chunk in ids:
                self.chunks.append(chunk)
                self.spans.update(chunk)
        time.sleep(self.answer_after)
        with self.lock:
            self.answers.append(time.monotonic())
        return 200

    def count(self):
        with self.lock:
            return len(self.spans)

    def twice(self):
        with self.lock:
            return sum(n > 1 for n in self.spans.values())

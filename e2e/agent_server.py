"""What the servers in place of an agent have in common."""

import threading
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer


class AgentServer:
    """Listens on a port of its own from construction to close()."""

    def __init__(self):
        agent = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                status, body, *headers = agent.answer(self.path, self.headers, self._body())
                self.send_response(status)
                sizes = ("Content-Type", "application/json"), ("Content-Length", str(len(body)))
                for name, text in (*sizes, *headers):
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = do_POST

            def _body(self):
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = b""
                while True:
                    size = int(self.rfile.readline(), 16)
                    body += self.rfile.read(size)
                    self.rfile.readline()
                    if not size:
                        return body

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path, headers, body):
        """(status, body, more headers as pairs...) for a request."""
        raise NotImplementedError

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

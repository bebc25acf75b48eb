"""One WSGI request: the spans around the application, its start_response and its body.

Shared by the WSGI middleware and by Flask, which differ in names and details.
"""

import sys

from .. import _schema
from ..trace import tracer
from . import trace_utils
from ._safe import safely


class Request:
    """The spans of one request: ``<prefix>.request`` with an application and a response below."""

    prefix = "wsgi"
    response_is_active = False  # whether spans made while the body is sent go below the response

    def __init__(self, int_config):
        self.config = int_config
        self.span = self.application = self.response = None

    # What differs from framework to framework.

    def opened(self, span, environ, headers):
        """The request's span has just been started."""

    def answering(self, status_code, message, headers):
        """The application has called start_response."""

    # The request.

    def start(self, name, child_of, resource=None, span_type=None, activate=True):
        int_config = self.config
        service = trace_utils.int_service(None, int_config)
        span = tracer.start_span(
            _schema.operation(self.prefix + name, _schema.SERVER_REQUEST) if name == ".request" else self.prefix + name,
            child_of=child_of,
            service=service,
            resource=resource,
            span_type=span_type,
            activate=activate,
        )
        _schema.tag_mapped(span, service)
        span._set_attribute("component", int_config.integration_name)
        return span

    @safely
    def open(self, environ, resource=None):
        headers = environ_headers(environ)
        trace_utils.activate_distributed_headers(tracer, self.config, headers)
        span = self.start(".request", _active(), resource, "web")
        span._set_attribute("span.kind", "server")
        self._opened(span, environ, headers)
        self.application = self.start(".application", span)
        self.span = span
        return True

    def _opened(self, span, environ, headers):
        try:
            self.opened(span, environ, headers)
        except Exception:
            span.finish()  # it is the active one already
            raise

    def run(self, application, environ, start_response):
        """Call the application; the iterable that it answered with, traced."""

        def traced_start_response(status, headers, *exc_info):
            self._answer(status, headers)
            return self.call_start_response(start_response, status, headers, *exc_info)

        try:
            body = application(environ, traced_start_response)
        except BaseException:
            self.fail(self.application)
            self.fail(self.span)
            self.application.finish()
            self.span.finish()
            raise
        self.application.finish()
        file_wrapper = environ.get("wsgi.file_wrapper")
        if isinstance(file_wrapper, type) and isinstance(body, file_wrapper):
            # The server looks for this very type to hand the file to the kernel.
            self.span.finish()
            return body
        self._open_response(body)
        return _SizedBody(self, body) if hasattr(body, "__len__") else _Body(self, body)

    def call_start_response(self, start_response, status, headers, *exc_info):
        return start_response(status, headers, *exc_info)

    @safely
    def _answer(self, status, headers):
        code, _, message = status.partition(" ")
        self.answering(code, message, headers)

    @safely
    def _open_response(self, body):
        self.response = self.start(".response", self.span, activate=self.response_is_active)
        self.responding(body._body if isinstance(body, _Body) else body)

    def responding(self, body):
        """The response's span has just been started."""

    @staticmethod
    def fail(span):
        if span is not None:
            span.set_exc_info(*sys.exc_info())

    def finish(self):
        if self.response is not None:
            self.response.finish()
        self.span.finish()


class _Body:
    """What the server iterates over: the application's body, ending the spans at its end."""

    def __init__(self, request, body):
        self._request = request
        self._body = body
        self._iterator = None

    def __iter__(self):
        return self

    def __next__(self):
        try:
            if self._iterator is None:
                self._iterator = iter(self._body)
            return next(self._iterator)
        except StopIteration:
            self._request.finish()
            raise
        except BaseException:
            self._request.fail(self._request.response)
            self._request.finish()
            raise

    def close(self):
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            self._request.finish()

    def __del__(self):
        # A body that nobody read to its end or closed, as test clients do.
        request = getattr(self, "_request", None)
        if request is not None:
            request.finish()


class _SizedBody(_Body):
    """A body with a length, from which servers make a Content-Length."""

    def __len__(self):
        return len(self._body)


def _active():
    return tracer.current_span() or tracer.current_trace_context()


def environ_headers(environ):
    """The request's headers, names in lower case."""
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    for key, name in (("CONTENT_TYPE", "content-type"), ("CONTENT_LENGTH", "content-length")):
        if environ.get(key):
            headers[name] = environ[key]
    return headers

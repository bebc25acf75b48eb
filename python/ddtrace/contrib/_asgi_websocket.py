"""WebSockets over ASGI: the handshake is the request, each message a trace linked to it."""

from .. import _schema
from ..trace import tracer
from . import trace_utils
from ._safe import safely


class Messages:
    """The spans of one connection's messages, made by wrapping its receive and send."""

    def __init__(self, int_config, scope, handshake):
        self.config = int_config
        self.handshake = handshake
        self.parent = handshake  # of what is sent: the latest message received, or the handshake
        self.peer = (scope.get("client") or (None,))[0]
        self.counts = {"C": 0, "S": 0}  # messages linked so far, from the client and from us

    def receive(self, receive):
        async def traced_receive():
            span = self._open("websocket.receive", None)
            try:
                message = await receive()
            except BaseException:
                if span is not None:
                    span.finish()
                raise
            self._received(span, message)
            return message

        return traced_receive

    def send(self, send):
        async def traced_send(message):
            span = self._sending(message)
            try:
                await send(message)
            finally:
                if span is not None:
                    span.finish()
                if message["type"] in ("websocket.accept", "websocket.close"):
                    self.handshake.finish()

        return traced_send

    @safely
    def _open(self, name, parent):
        separate = self.config.websocket_messages_separate_traces
        service = self.handshake.service
        if name == "websocket.close":
            service = trace_utils.int_service(None, self.config)
        span = tracer.start_span(
            name,
            child_of=parent if separate else self.handshake,
            service=service,
            resource=self.handshake.resource,
            span_type="websocket",
        )
        _schema.tag_default(span, self.config.integration_name)
        return span

    @safely
    def _received(self, span, message):
        if message["type"] == "websocket.receive" and span is not None:
            self._tag(span, "consumer", "C")
            span._set_attribute("websocket.duration.style", "blocking")
            _tag_message(span, message)
            self._inherit(span)
            if self.config.websocket_messages_separate_traces:
                self.parent = span
        if span is not None:
            span.finish()
        if message["type"] == "websocket.disconnect":
            span = self._open("websocket.close", None)
            if span is not None:
                with span:
                    self._tag(span, "consumer", "C")
                    self._inherit(span)
                    _tag_close(span, message)

    @safely
    def _sending(self, message):
        name = message["type"]
        if name not in ("websocket.send", "websocket.close"):
            return None
        span = self._open(name, self.parent)
        if span is not None:
            self._tag(span, "producer", "S")
            if self.peer:
                span._set_attribute("out.host", self.peer)
                span._set_attribute("network.client.ip", self.peer)
            if name == "websocket.close":
                _tag_close(span, message)
            else:
                _tag_message(span, message)
        return span

    def _tag(self, span, kind, side):
        span._set_attribute("component", self.config.integration_name)
        span._set_attribute("span.kind", kind)
        self.counts[side] += 1
        direction = "UPSTREAM" if side == "C" else "DOWNSTREAM"
        handshake = self.handshake
        span.link_span(
            handshake.context,
            {
                "dd.kind": "span-pointer",
                "ptr.kind": "websocket",
                "ptr.dir": "_SpanPointerDirection." + direction,
                "ptr.hash": "%s%032x%016x%08x" % (side, handshake.trace_id, handshake.span_id, self.counts[side]),
                "link.name": "_SpanPointerDirectionName." + direction,
            },
        )

    def _inherit(self, span):
        """A message's trace is kept or dropped with that of the handshake."""
        config = self.config
        if not (config.asgi_websocket_messages_inherit_sampling and config.websocket_messages_separate_traces):
            return
        context = self.handshake.context
        if context.sampling_priority is not None:
            span.context.sampling_priority = context.sampling_priority
            if "_dd.p.dm" in context._meta:
                span.context._meta["_dd.p.dm"] = context._meta["_dd.p.dm"]
        span._set_attribute("_dd.dm.inherited", 1)
        span._set_attribute("_dd.dm.service", self.handshake.service or "")
        span._set_attribute("_dd.dm.resource", self.handshake.resource or "")


def _tag_message(span, message):
    text = message.get("text")
    if text is not None:
        span._set_attribute("websocket.message.type", "text")
        span._set_attribute("websocket.message.length", len(text))
    span._set_attribute("websocket.message.frames", 1)


def _tag_close(span, message):
    if message.get("code") is not None:
        span._set_attribute("websocket.close.code", message["code"])
    if message.get("reason"):
        span._set_attribute("websocket.close.reason", message["reason"])

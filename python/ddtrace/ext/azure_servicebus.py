"""Span tags and names of Azure Service Bus."""

CLOUD = "azure"
CREATE = "create"
RECEIVE = "receive"
SEND = "send"
SERVICE = "servicebus"

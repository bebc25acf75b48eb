"""Span tags and names of Azure Event Hubs."""

CLOUD = "azure"
CREATE = "create"
RECEIVE = "receive"
SEND = "send"
SERVICE = "eventhubs"

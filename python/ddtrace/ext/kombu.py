"""Span tags and names of Kombu."""

BODY_LEN = "kombu.body_length"
EXCHANGE = "kombu.exchange"
PUBLISH_NAME = "kombu.publish"
RECEIVE_NAME = "kombu.receive"
ROUTING_KEY = "kombu.routing_key"
SERVICE = "kombu"
VHOST = "out.vhost"

"""Span tags and names of Consul."""

APP = "consul"
CMD = "consul.command"
KEY = "consul.key"
SERVICE = "consul"

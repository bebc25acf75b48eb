"""Span tags and names of Elasticsearch."""

APP = "elasticsearch"
BODY = "elasticsearch.body"
METHOD = "elasticsearch.method"
PARAMS = "elasticsearch.params"
SERVICE = "elasticsearch"
TOOK = "elasticsearch.took"
URL = "elasticsearch.url"

"""Span tags and names of memcached."""

CMD = "memcached.command"
DBMS_NAME = "memcached"
QUERY = "memcached.query"
SERVICE = "memcached"

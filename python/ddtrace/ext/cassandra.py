"""Removed in ddtrace 4.0: importing it says what to use instead."""

from .._removed import keep


keep(__name__)

# With DD_V3_BRIDGE the names are here as they were.
CLUSTER = "cassandra.cluster"
KEYSPACE = "cassandra.keyspace"
CONSISTENCY_LEVEL = "cassandra.consistency_level"
PAGINATED = "cassandra.paginated"
PAGE_NUMBER = "cassandra.page_number"

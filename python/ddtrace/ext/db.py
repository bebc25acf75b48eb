"""Span tags and names of databases."""

NAME = "db.name"
ROWCOUNT = "db.row_count"
STATUS_CODE = "db.response.status_code"
SYSTEM = "db.system"
USER = "db.user"

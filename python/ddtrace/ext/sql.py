"""Span tags and names of SQL."""

DB = "sql.db"


def normalize_vendor(vendor: str) -> str:
    """The name that spans use for a kind of database."""
    if not vendor:
        return "db"
    if "sqlite" in vendor:
        return "sqlite"
    if "postgres" in vendor or vendor == "psycopg2":
        return "postgres"
    return vendor


def parse_pg_dsn(dsn: str) -> "dict[str, str]":
    """The parts of a libpq connection string ``key=value key=value``; {} if it is none."""
    try:
        return dict(part.split("=", 1) for part in dsn.split())
    except ValueError:
        return {}

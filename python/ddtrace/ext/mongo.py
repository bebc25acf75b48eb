"""Span tags and names of MongoDB."""

COLLECTION = "mongodb.collection"
DB = "mongodb.db"
QUERY = "mongodb.query"
SERVICE = "mongodb"

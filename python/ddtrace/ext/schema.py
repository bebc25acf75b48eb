"""Span tags and names of the span attribute schema."""

SCHEMA_DEFINITION = "schema.definition"
SCHEMA_ID = "schema.id"
SCHEMA_NAME = "schema.name"
SCHEMA_OPERATION = "schema.operation"
SCHEMA_TOPIC = "schema.topic"
SCHEMA_TYPE = "schema.type"
SCHEMA_WEIGHT = "schema.weight"

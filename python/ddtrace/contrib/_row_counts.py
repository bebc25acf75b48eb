"""How many rows the answer of a Redis or Valkey command holds."""

from __future__ import annotations


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SINGLE_KEY_COMMANDS = [
    "GET",
    "GETDEL",
    "GETEX",
    "GETRANGE",
    "GETSET",
    "LINDEX",
    "LRANGE",
    "RPOP",
    "LPOP",
    "HGET",
    "HGETALL",
    "HKEYS",
    "HMGET",
    "HRANDFIELD",
    "HVALS",
]
MULTI_KEY_COMMANDS = ["MGET"]
ROW_RETURNING_COMMANDS = SINGLE_KEY_COMMANDS + MULTI_KEY_COMMANDS


def determine_row_count(redis_command: str, result: Any) -> int:
    """MGET: how many keys were there; HMGET: 1 if a field was; else 1 unless the answer is nothing or empty."""
    if result is None:
        return 0
    if redis_command in ("MGET", "HMGET"):  # their answers have None for what is not there
        found = sum(1 for item in result if item is not None)
        return found if redis_command == "MGET" else min(found, 1)
    return 0 if isinstance(result, (list, dict)) and not result else 1

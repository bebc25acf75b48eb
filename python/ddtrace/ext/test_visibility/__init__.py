"""Names of test visibility."""

__all__ = ["get_version"]


def get_version() -> str:
    return "0.0.1"

"""Names of the operations of test visibility."""

from enum import Enum

from .status import TestExcInfo
from .status import TestSourceFileInfo
from .status import TestStatus


__all__ = ["DEFAULT_OPERATION_NAMES", "DEFAULT_SESSION_NAME", "TestExcInfo", "TestSourceFileInfo", "TestStatus"]


class DEFAULT_OPERATION_NAMES(Enum):
    SESSION = "test_visibility.session"
    MODULE = "test_visibility.module"
    SUITE = "test_visibility.suite"
    TEST = "test_visibility.test"


DEFAULT_SESSION_NAME = "test_visibility_session"

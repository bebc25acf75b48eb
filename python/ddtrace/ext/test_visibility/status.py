"""How a test ended, why it failed, where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


class TestStatus(Enum):
    PASS = "pass"
    FAIL = "fail"
    SKIP = "skip"
    XFAIL = "xfail"
    XPASS = "xpass"


@dataclass(frozen=True)
class TestExcInfo:
    exc_type: type[BaseException]
    exc_value: BaseException
    exc_traceback: TracebackType


@dataclass(frozen=True)
class TestSourceFileInfo:
    path: Path
    start_line: int | None = None
    end_line: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.path, Path):
            raise ValueError(f"path must be a pathlib.Path, not {type(self.path).__name__}")
        object.__setattr__(self, "path", self.path.absolute())
        for name in ("start_line", "end_line"):
            line = getattr(self, name)
            if line is not None and line < 1:
                raise ValueError(f"{name} must be a positive number, not {line!r}")
        if self.end_line is not None and self.start_line is None:
            raise ValueError(f"start_line must be given where end_line is ({self.end_line})")
        if self.end_line is not None and self.start_line is not None and self.start_line > self.end_line:
            raise ValueError(f"start_line ({self.start_line}) must not be above end_line ({self.end_line})")

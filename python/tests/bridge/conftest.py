import sys
from pathlib import Path


TESTS = Path(__file__).resolve().parents[1]
for directory in ("bridge", "runtime", "core"):
    sys.path.insert(0, str(TESTS / directory))

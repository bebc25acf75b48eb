"""Writes expected/<theme>.json: what the unmodified ddtrace sends for each program.

python recapture.py PYTHON      a Python with ddtrace 4.16 installed; this one needs msgpack
"""

import json
import os
import sys
from pathlib import Path


sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from compat import normal
from compat import receiver
from compat import running


def main(python):
    agent = receiver.Receiver()
    failed = running.run_all(os.path.abspath(python), running.clean_environment(), agent.url)
    agent.close()
    for name, text in failed.items():
        print("%s failed:\n%s" % (name, text))
    for theme in running.THEMES:
        found = {
            name: normal.normal(chunks) for name, chunks in sorted(agent.chunks.items()) if name.startswith(theme + ".")
        }
        path = running.HERE / "expected" / (theme + ".json")
        path.write_text(json.dumps(found, indent=1, ensure_ascii=True, sort_keys=True) + "\n")
        print("%s: %d programs" % (path.name, len(found)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""``python -m ddtrace.commands.ddtrace_run``: what the ``ddtrace-run`` command does."""

import os
import sys


def main():
    from .. import _collector

    sys.exit(_collector.become(["ddtrace-run"] + sys.argv[1:], os.path.abspath(sys.argv[0])))


if __name__ == "__main__":
    main()

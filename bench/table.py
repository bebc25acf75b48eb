"""The table of a run: figures of each side and their ratios."""

import datetime
import os
import platform
from statistics import median


class Table:
    def __init__(self):
        self.rows = []

    def add(self, what, unit, ours, peer, bare=None, goal=None):
        """Figures are lists, one of each repetition; the median counts. ``goal``: ours is to be at most 1/goal."""
        self.rows.append((what, unit, median(ours), median(peer), None if bare is None else median(bare), goal))
        print(self._line(self.rows[-1]), flush=True)

    @staticmethod
    def _line(row):
        what, unit, ours, peer, bare, goal = row
        ratio = peer / ours if ours > 0 else float("inf")
        return "| %s | %s | %s | %s | %s | 1/%.1f%s |" % (
            what,
            unit,
            "" if bare is None else number(bare),
            number(ours),
            number(peer),
            ratio,
            "" if goal is None else (" (goal 1/%g%s)" % (goal, "" if ratio >= goal else ", missed")),
        )

    def markdown(self):
        return "\n".join(
            [
                "# Benchmarks",
                "",
                "Printed by `make bench`. CPU time, median of the repetitions of one run in which the sides",
                "take turns; the peer is the unmodified ddtrace 4.16.0 sending to the same `hoofprint serve`.",
                "",
                "Last run: %s, %s, %d cores, CPython 3.11."
                % (datetime.date.today(), platform.machine(), os.cpu_count()),
                "",
                "| what | unit | bare Python | Hoofprint | ddtrace 4.16 | Hoofprint : ddtrace |",
                "|---|---|---|---|---|---|",
                *[self._line(row) for row in self.rows],
                "",
            ]
        )


def number(value):
    if value >= 100:
        return "%.0f" % value
    return "%.3g" % value

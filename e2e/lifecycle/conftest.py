"""One running product for a module; each test's program has a service of its own."""

import itertools
import signal
import subprocess
import sys
import textwrap

import pytest
from product import DDTRACE_RUN
from product import Product
from product import wait_for


_numbers = itertools.count()


class Traced:
    """A program that was run under ddtrace-run, and where its spans are."""

    def __init__(self, product, service, done):
        self.product, self.service, self.done = product, service, done
        self.returncode, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr

    def names(self, count):
        """The names of its spans, sorted, once there are as many as expected."""
        return sorted(span["name"] for span in self.spans(count))

    def spans(self, count):
        def found():
            answer = self.product.spans("service:" + self.service)
            return answer["spans"] if answer["total"] >= count else None

        def told():
            answer = self.product.spans("service:" + self.service)
            return [span["name"] for span in answer["spans"]]

        try:
            spans = wait_for(found, "")
        except AssertionError:
            raise AssertionError("of %d spans arrived %s; it said: %s" % (count, told(), self.stderr)) from None
        assert len(spans) == count
        return spans


def take_signals():
    """In the child: a shell that runs the tests in the background may have it ignore these."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


class Host:
    """Runs programs of tests against a product."""

    def __init__(self, product):
        self.product = product

    def program(self, source):
        path = self.product.scratch / ("program%d.py" % next(_numbers))
        path.write_text(textwrap.dedent(source))
        return path

    def run(
        self, source, *arguments, before=(), launcher=(DDTRACE_RUN,), python=sys.executable, environment=None, **env
    ):
        """Runs a program to its end: `before` is a command that runs the rest, as `unshare`."""
        service = "service-%d" % next(_numbers)
        env.setdefault("DD_SERVICE", service)
        everything = self.product.environment(**env)
        for name in environment or ():
            everything.pop(name, None)
        program = [self.program(source)] if python == sys.executable else ["-c", source]
        done = subprocess.run(
            [str(part) for part in (*before, *launcher, python, *program, *arguments)],
            env=everything, cwd=self.product.scratch, capture_output=True, text=True, timeout=120,
            preexec_fn=take_signals,
        )  # fmt: skip
        return Traced(self.product, env["DD_SERVICE"], done)


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    product = Product(tmp_path_factory.mktemp("host"))
    product.start()
    yield Host(product)
    product.stop()

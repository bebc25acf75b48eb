"""Ports for servers that tests start."""

import random
import socket


def free_port():
    """A port that nobody has, from below those that the kernel gives to clients.

    One of the kernel's own choice could be the local port of some connection by the
    time the server listens, or be chosen again for the next server.
    """
    for _ in range(1000):
        with socket.socket() as s:
            port = random.SystemRandom().randrange(15000, 32000)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port between 15000 and 32000")

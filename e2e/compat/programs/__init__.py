"""One module a theme. ``PROGRAMS`` maps a name to (function, environment); each runs in a process of its own."""

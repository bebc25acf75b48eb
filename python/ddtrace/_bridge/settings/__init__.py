"""ddtrace.settings as it was: its modules, and their names as far as programs could mean them."""

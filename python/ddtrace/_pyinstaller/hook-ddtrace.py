"""What PyInstaller cannot see: integrations are imported by name, and the collector is a program."""

import sys

from PyInstaller.utils.hooks import collect_data_files
from PyInstaller.utils.hooks import collect_submodules

from ddtrace._integrations import INTEGRATIONS


def is_wanted(name):
    # A sitecustomize would start tracing while the bundle is made.
    return not name.startswith(("ddtrace.bootstrap", "ddtrace._pyinstaller"))


hiddenimports = collect_submodules("ddtrace", filter=is_wanted, on_error="ignore")
datas = collect_data_files("ddtrace", includes=["bin/*"])
# The libraries that integrations are for are in a bundle only if its program uses them.
_triggers = {trigger.partition(".")[0] for _, triggers in INTEGRATIONS.values() for trigger in triggers}
_standard = getattr(sys, "stdlib_module_names", {"logging", "sqlite3"})
excludedimports = sorted((_triggers | {"opentelemetry", "werkzeug"}) - set(_standard))

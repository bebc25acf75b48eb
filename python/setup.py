"""Builds the C extension; everything else is in pyproject.toml.

Without a compiler, or on an interpreter that the limited API does not fit, the
package installs without the extension and runs on its Python twin.
"""

import glob
import os
import sys
import sysconfig

from setuptools import Distribution
from setuptools import Extension
from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel


FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))

# HOOFPRINT_WERROR=1 is for our own builds: neither a warning of a future compiler nor the lack of one
# breaks an installation.
FLAGS = ["-std=gnu11", "-O3", "-fvisibility=hidden", "-fno-plt", "-Wall", "-Wextra"]
if os.environ.get("HOOFPRINT_WERROR"):
    FLAGS.append("-Werror")

native = Extension(
    "ddtrace._native",
    sources=sorted(glob.glob("native/*.c")),
    depends=sorted(glob.glob("native/*.h")),
    include_dirs=["native"],
    define_macros=[("Py_LIMITED_API", "0x03090000"), ("_GNU_SOURCE", "1")],
    extra_compile_args=FLAGS,
    py_limited_api=True,
    optional=not os.environ.get("HOOFPRINT_WERROR"),
)

supported = sys.platform == "linux" and sys.implementation.name == "cpython" and not FREE_THREADED

# The wheel without the extension, for interpreters that it does not fit: HOOFPRINT_TWIN=1. It holds a
# binary, so it still belongs to one platform.
TWIN = bool(os.environ.get("HOOFPRINT_TWIN"))


class Platform(Distribution):
    def has_ext_modules(self):
        return True


class Wheel(bdist_wheel):
    def get_tag(self):
        python, abi, platform = super().get_tag()
        return (python, abi, platform) if self.distribution.ext_modules else ("py3", "none", platform)


extension = [native] if supported and native.sources and not TWIN else []
setup(
    ext_modules=extension,
    scripts=["scripts/ddtrace-run", "scripts/hoofprint"],
    distclass=Platform,
    cmdclass={"bdist_wheel": Wheel},
    options={"bdist_wheel": {"py_limited_api": "cp39"}} if extension else {},
)

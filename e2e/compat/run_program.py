"""Runs one program: run_program.py THEME NAME. The tracer that is importable runs it."""

import importlib
import os
import sys


sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
theme, name = sys.argv[1:]
importlib.import_module("programs." + theme).PROGRAMS[name][0]()

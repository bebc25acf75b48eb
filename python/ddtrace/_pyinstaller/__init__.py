"""Tells PyInstaller, which finds this by an entry point, how to bundle the package."""

import os


def hook_dirs():
    return [os.path.dirname(__file__)]

"""Runs a quick Copier, with Copier's own arguments: `python -m tools.copying`."""

import runpy

from tools.quick import quick_copier

if __name__ == "__main__":
    with quick_copier():
        runpy.run_module("copier", run_name="__main__")

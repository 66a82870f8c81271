"""Everything that a command may import, imported."""

import os
import pkgutil
from importlib import import_module

import app
import chassis
from tests.e2e.terminal import TERMINAL

# What prints looks at the terminal when it is imported.
os.environ |= TERMINAL
for package in (chassis, app):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        # What lies beside the layers runs as it is imported.
        if module.ispkg or module.name.count(".") > 1:
            import_module(module.name)

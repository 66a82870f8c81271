"""Everything that a command may import, imported."""

import os
import pkgutil
from importlib import import_module

import app
import chassis
from tests.e2e.terminal import TERMINAL

# Modules that print check the terminal when they are imported.
os.environ |= TERMINAL
for package in (chassis, app):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        # Modules outside the layers run when they are imported.
        if module.ispkg or module.name.count(".") > 1:
            import_module(module.name)

"""Everything that a command may import, imported."""

import os
import pkgutil
from importlib import import_module

import app
from tests.e2e.terminal import TERMINAL

# What prints looks at the terminal when it is imported.
os.environ |= TERMINAL
for module in pkgutil.walk_packages(app.__path__, "app."):
    # What lies beside the layers runs as it is imported.
    if module.ispkg or module.name.count(".") > 1:
        import_module(module.name)

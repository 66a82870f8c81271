"""Everything that a command may import, imported."""

import os
import pkgutil
from importlib import import_module

import app
from tests.e2e.terminal import TERMINAL

# What prints looks at the terminal when it is imported.
os.environ |= TERMINAL
for module in pkgutil.walk_packages(app.__path__, "app."):
    if module.name not in ("app.__main__", "app.asgi"):
        import_module(module.name)

# /// script
# requires-python = ">=3.12"
# dependencies = ["copier>=9.19,<10", "rich>=15.0,<16"]
# ///
"""Updates a service with this clone's updater: `uv run --script PATH/update.py`, in the service.

Use it if the service's own `poe update` is too old. It installs nothing in the service.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "template"))

from scripts.update.__main__ import from_template

if __name__ == "__main__":
    sys.exit(from_template())

"""What is imported before anything is served."""

import subprocess
import sys

READ = """
import sys
import app.cli
import app.cli.clients
from app.bootstrap import discovery
discovery.servers()
print([name for name in ("litestar", "uvicorn", "grpc", "google.protobuf") if name in sys.modules])
"""


def test_settings_are_read_without_what_serves() -> None:
    done = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"

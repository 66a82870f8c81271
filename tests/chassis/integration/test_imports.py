"""The imports before anything is served."""

import subprocess
import sys

READ = """
import sys
import chassis.cli
import chassis.cli.clients
from chassis.service_package import use_service
use_service("app")
from chassis.bootstrap import discovery
discovery.servers()
names = ("litestar", "uvicorn", "grpc", "google.protobuf", "aioice", "aiortc", "av")
print([name for name in names if name in sys.modules])
"""


def test_settings_are_read_without_what_serves() -> None:
    done = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


LIST = """
import sys
import chassis
sys.argv = ["app", "--help"]
try:
    chassis.main(package="app")
except SystemExit:
    # A package is there for the commands in it.
    print([
        name
        for name, module in sys.modules.items()
        if ".cli.commands." in name and not hasattr(module, "__path__")
    ])
"""


def test_commands_are_listed_without_being_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", LIST], capture_output=True, text=True, check=True)

    assert "dead-letters" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"

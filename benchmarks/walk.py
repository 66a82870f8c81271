"""The modules that a notification enters, from its POST to its subscriber: `./run bench -- walk`.

It runs in a service with the default answers. The machine must be idle: on a busy one, other actors
do their own work meanwhile. The documentation has these numbers on its page about the way.
"""

import json
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from tools.service import ROOT, environment, install, render


def main() -> None:
    """Print each module, and how many there are in each layer."""
    with tempfile.TemporaryDirectory(prefix="shallot-walk-") as folder:
        service = render(Path(folder, "service"), {})
        install(service, "--group", "dev")
        command = [service.command("python"), "-m", "benchmarks.inside.walked"]
        settings = {**environment(), "PYTHONPATH": f"{service.path}:{ROOT}"}
        printed = subprocess.check_output(command, cwd=service.path, env=settings, text=True)
    walk = json.loads(printed)
    print(*walk["modules"], sep="\n")
    for layer, count in Counter(each.split("/")[1] for each in walk["modules"]).most_common():
        print(f"modules of {layer}: {count}")
    print(f"modules in all: {len(walk['modules'])}, changes of the layer: {walk['changes']}")


if __name__ == "__main__":
    main()

"""Compares what a service needs to be installed with the transports that it has."""

import re
import subprocess
from collections.abc import Iterator

import yaml

from tools.service import ROOT, Service

# Runs in the project's environment: the project, what it needs, and what that needs, by name;
# nothing that only its checks need, or an extra.
LIST_NEEDED = """
import sys
from importlib.metadata import distribution
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
waiting, found = [(sys.argv[1], "")], set()
while waiting:
    name, extra = waiting.pop()
    if (name, extra) not in found:
        found.add((name, extra))
        for line in distribution(name).requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                waiting += [(canonicalize_name(needed.name), it) for it in ("", *needed.extras)]
print(*{name for name, _ in found})
"""


def check_installed(service: Service) -> None:
    """Raise `SystemExit` where a service installs what a transport needs that it has not got."""
    command = [service.command("python"), "-c", LIST_NEEDED, service.slug]
    listed = subprocess.run(command, cwd=service.path, capture_output=True, text=True, check=True)
    if superfluous := set(listed.stdout.split()) & {*_left_out(service)}:
        raise SystemExit(f"{service.slug} installs without need: {sorted(superfluous)}")


def _left_out(service: Service) -> Iterator[str]:
    """Yield the packages of the transports that were not chosen."""
    computed = yaml.safe_load((ROOT / "questions" / "computed.yml").read_text())
    answers = yaml.safe_load((service.path / ".copier-answers.yml").read_text())
    for transport, dependencies in computed["transport_dependencies"]["default"].items():
        if transport not in answers["transports"]:
            for line in dependencies:
                yield re.split("[<>=~]", line)[0]

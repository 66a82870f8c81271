"""Compares the names that a service cannot have with the commands it installs."""

import subprocess

import yaml

from tools.service import ROOT, Service

# Runs in the project's environment: the commands of what `pyproject.toml` itself names.
LIST_COMMANDS = """
import re, tomllib
from importlib.metadata import distribution
project = tomllib.load(open("pyproject.toml", "rb"))
wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
for name in (re.match("[A-Za-z0-9-]+", line)[0] for line in wanted):
    for entry in distribution(name).entry_points.select(group="console_scripts"):
        print(entry.name)
"""


def reserved_names() -> set[str]:
    """Return the names that `questions/computed.yml` refuses."""
    computed = yaml.safe_load((ROOT / "questions" / "computed.yml").read_text())
    return set(computed["reserved_names"]["default"].split())


def check_commands(service: Service) -> None:
    """Raise `SystemExit` where a service could be called like one of its own commands."""
    command = [service.command("python"), "-c", LIST_COMMANDS]
    listed = subprocess.run(command, cwd=service.path, capture_output=True, text=True, check=True)
    # A name with a dot or a capital letter cannot be a slug anyway.
    commands = {name for name in listed.stdout.split() if name.replace("-", "").isalnum()}
    if missing := commands - reserved_names():
        raise SystemExit(f"questions/computed.yml: add to reserved_names: {sorted(missing)}")

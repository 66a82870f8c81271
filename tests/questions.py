"""The questions, read as plain YAML."""

from pathlib import Path
from typing import Any

import yaml

from tools.service import ROOT


def load(*names: str) -> dict[str, dict[str, Any]]:
    """Return the questions of the files `questions/<name>.yml`, in order."""
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        found |= yaml.safe_load((ROOT / "questions" / f"{name}.yml").read_text())
    return found


def settings(path: Path = ROOT / "copier.yml") -> dict[str, Any]:
    """Return what the first document of `copier.yml` sets."""
    text = path.read_text().split("\n---\n")[0]
    return dict(yaml.safe_load(text))


QUESTIONS = load("project", "features")
COMPUTED = load("computed")
CHASSIS_DEPENDENCIES: list[str] = COMPUTED["chassis_dependencies"]["default"]
ROLE_FILES: dict[str, list[str]] = COMPUTED["role_files"]["default"]
RECEIVING_FILES: list[str] = COMPUTED["receiving_files"]["default"]
TRANSPORT_FILES: dict[str, list[str]] = COMPUTED["transport_files"]["default"]
SHARED_FILES: list[dict[str, list[str]]] = COMPUTED["shared_files"]["default"]
TRANSPORT_DEPENDENCIES: dict[str, list[str]] = COMPUTED["transport_dependencies"]["default"]
TRANSPORT_SECRETS: dict[str, list[str]] = COMPUTED["transport_secrets"]["default"]
TRANSPORT_TOOLS: dict[str, list[str]] = COMPUTED["transport_tools"]["default"]
DEPLOY_FILES: dict[str, list[str]] = COMPUTED["deploy_files"]["default"]
CI_FILES: dict[str, list[str]] = COMPUTED["ci_files"]["default"]

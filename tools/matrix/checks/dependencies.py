"""No dependency is missing, and none is there for nothing; deptry looks."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.matrix.rendering import Rendering
from tools.service import environment, tool

# deptry asks an environment which module is whose; without one it is told where the names differ.
MODULES = {
    "googleapis-common-protos": "google",
    "grpcio": "grpc",
    "grpcio-health-checking": "grpc_health",
    "grpcio-reflection": "grpc_reflection",
    "opentelemetry-exporter-otlp-proto-http": "opentelemetry",
    "opentelemetry-sdk": "opentelemetry",
    "protobuf": "google",
    "pyjwt": "jwt",
    "python-dotenv": "dotenv",
    "sentry-sdk": "sentry_sdk",
    "shallot-chassis": "chassis",
}
# Dependencies that are needed and never imported.
UNSEEN = {
    "aiosqlite": "SQLAlchemy takes it, by the URL",
    "tzdata": "zoneinfo takes it, on a system without time zones",
    "httptools": "uvicorn takes it, in a module that the service names",
    "websockets": "uvicorn takes it, in a module that the service names",
}
FIRST = "--known-first-party"
FIRST_PARTY = ("app", "migrations", "scripts", "tests")


def check(rendering: Rendering) -> Iterator[str]:
    """Yield what deptry finds, each with its file where it has one."""
    with tempfile.TemporaryDirectory(prefix="shallot-deptry-") as folder:
        report = Path(folder) / "report.json"
        command = [tool("deptry"), ".", f"--json-output={report}", "--no-ansi"]
        command += [f"{FIRST}={name}" for name in FIRST_PARTY]
        # As a package it is another project, with dependencies of its own.
        is_package = rendering.answers.get("chassis") == "package"
        command.append("--extend-exclude=src/chassis" if is_package else f"{FIRST}=chassis")
        command.append(f"--package-module-name-map={spell(MODULES)}")
        command.append(f"--per-rule-ignores=DEP002={'|'.join(UNSEEN)}")
        done = subprocess.run(
            command,
            cwd=rendering.path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if not report.exists():
            yield done.stderr.strip() or f"deptry ended with {done.returncode}"
            return
        for each in json.loads(report.read_text("utf-8")):
            error, place = each["error"], each["location"]
            yield f"{place['file']}:{place['line'] or 1}: {error['code']} {error['message']}"


def spell(modules: dict[str, str]) -> str:
    """Return the map as deptry's option takes it."""
    return ",".join(f"{package}={module}" for package, module in modules.items())

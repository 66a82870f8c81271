"""How soon a service is ready, and how much it takes: `./run startup`.

Renders the default answers, installs them, and starts the service a few times. It compares the
times with the project's limits: a ratio below 1 is within the limit.
"""

import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path

from tools.service import Service, environment, install, render

ROUNDS = 7
PATIENCE = 30.0

# Seconds, MiB, MiB, packages.
LIMITS = {"first": 2.5, "later": 2.0, "memory": 140.0, "installed": 150.0, "packages": 70.0}
UNUSED = ("alembic", "asyncpg", "aio_pika", "redis", "httpx", "rich.markdown")


def main() -> None:
    """Print the figures of the default answers."""
    folder = Path(tempfile.mkdtemp(prefix="shallot-startup-"))
    try:
        service = render(folder / "service", {})
        install(service)
        print(f"{platform.python_implementation()} on {os.cpu_count()} cores, {ROUNDS} rounds")
        measure(service)
        imports(service)
    finally:
        shutil.rmtree(folder)


def measure(service: Service) -> None:
    """Print the times, the memory and the size, each with its ratio to the limit."""
    start(service)  # A round that does not count: the disk's cache is cold.
    first = [start(service, fresh=True) for _ in range(ROUNDS)]
    later = [start(service) for _ in range(ROUNDS)]
    show("ready, the first time (it migrates)", "first", (t for t, _ in first), "s")
    show("ready, after that", "later", (t for t, _ in later), "s")
    show("memory at rest", "memory", (m for _, m in later), "MiB")
    packages = service.path / ".venv" / "lib"
    size = sum(file.stat().st_size for file in packages.rglob("*") if file.is_file())
    show("installed", "installed", [size / 2**20], "MiB")
    show("packages", "packages", [len(list(packages.rglob("*.dist-info")))], "")


def show(what: str, limit: str, values: Iterable[float], unit: str) -> None:
    """Print the median of `values` with its spread and its ratio to the limit."""
    found = sorted(values)
    median, most = statistics.median(found), LIMITS[limit]
    spread = f"({found[0]:.2f} to {found[-1]:.2f})" if len(found) > 1 else ""
    print(f"{what:38} {median:8.2f} {unit:4} {spread:18} of {most:g}: {median / most:.2f}")


def start(service: Service, *, fresh: bool = False) -> tuple[float, float]:
    """Return the seconds from the start of the process to ready, and the MiB it then holds."""
    if fresh:
        shutil.rmtree(service.path / "var", ignore_errors=True)
    began = time.perf_counter()
    child = subprocess.Popen(
        [service.command(service.slug), "serve"],
        cwd=service.path,
        env=environment() | {"HTTP_PORT": "0", "OPS_PORT": "0", "LOG_FORMAT": "json"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr
    port = ops_port(child.stderr)
    until_ready(f"http://127.0.0.1:{port}/readyz", began + PATIENCE)
    took = time.perf_counter() - began
    time.sleep(0.5)
    status = Path(f"/proc/{child.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    child.send_signal(signal.SIGTERM)
    child.communicate()
    return took, int(found[1]) / 1024 if found else 0.0


def ops_port(log: Iterable[str]) -> int:
    """Return the port that the service tells in its log; raises `RuntimeError` where it ends."""
    for line in log:
        entry = json.loads(line)
        if entry["event"] == "listening" and entry["server"] == "ops":
            port: int = entry["port"]
            return port
    raise RuntimeError("the service has not started")


def until_ready(url: str, end: float) -> None:
    """Ask until the answer is 200; raises `TimeoutError` at `end`."""
    while time.perf_counter() < end:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except urllib.error.URLError:
            time.sleep(0.002)
    raise TimeoutError(url)


def imports(service: Service) -> None:
    """Print what a start imports: the dearest packages, and those that it leaves alone."""
    child = subprocess.Popen(
        [service.command("python"), "-X", "importtime", "-m", "app", "serve"],
        cwd=service.path,
        env=environment() | {"HTTP_PORT": "0", "OPS_PORT": "0", "LOG_FORMAT": "json"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr
    own: dict[str, int] = {}
    names = set()
    for line in child.stderr:
        if line.startswith("{") and json.loads(line)["event"] == "serving":
            break
        if match := re.match(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)", line):
            names.add(match[2])
            package = match[2].partition(".")[0]
            own[package] = own.get(package, 0) + int(match[1])
    child.send_signal(signal.SIGTERM)
    child.communicate()
    dearest = sorted(own.items(), key=lambda item: -item[1])[:12]
    print(f"\n{len(names)} modules, milliseconds by package:")
    print(", ".join(f"{package} {time / 1000:.0f}" for package, time in dearest))
    print("not imported:", ", ".join(name for name in UNUSED if name not in names))


if __name__ == "__main__":
    main()

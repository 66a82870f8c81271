"""Runs the image as the pods of the chart: with their arguments, variables, secrets and ports.

Each has a network of its own, as a pod has, so that it can use the ports of the chart. No server is
there: the database is a file, and without a broker and a cache a role is ready, and degraded.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from tools import helm
from tools.dockerfile import Image

PATIENCE = 60.0
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
# The folder of the secrets in a pod.
SECRETS = "/run/secrets/service"
# In the network of another process: the status, and the answer.
_ASK = """\
import http.client, sys
port, path = sys.argv[1:]
ops = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
ops.request("GET", path)
answer = ops.getresponse()
print(answer.status, answer.read().decode())
"""
_ISOLATED = ("unshare", "--net", "sh", "-ec", 'ip link set lo up; exec "$@"', "sh")


def run_pods(chart: Path, image: Image, folder: Path) -> None:
    """Migrate as the Job does, then serve each Deployment until its probes succeed."""
    if os.geteuid() != 0:
        print("The pods of the chart are not run: only root can make networks.")
        return
    secrets = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'app.db'}",
        "BROKER_URL": "amqp://app:away@127.0.0.1:1/",
        "CACHE_URL": "redis://:away@127.0.0.1:1/0",
        "AUTH_JWT_KEY": token_urlsafe(32),
    }
    folder.mkdir()
    for name, value in secrets.items():
        (folder / name).write_text(value)
    objects = helm.template(chart)
    (settings,) = helm.only(objects, "ConfigMap").values()
    (job,) = helm.only(objects, "Job").values()
    container = only_container(job)
    variables = environment(image, container, {}, folder)
    subprocess.run(image.command(*container["args"]), cwd=image.folder, env=variables, check=True)
    for name, deployment in helm.only(objects, "Deployment").items():
        container = only_container(deployment)
        variables = environment(image, container, settings["data"], folder)
        serve(name, container, image, variables)


def serve(name: str, container: Mapping[str, Any], image: Image, variables: dict[str, str]) -> None:
    """Run a container until each probe has succeeded and each port is open; then stop it."""
    command = [*_ISOLATED, *image.command(*container["args"])]
    ports = {it["name"]: it["containerPort"] for it in container["ports"]}
    with subprocess.Popen(command, cwd=image.folder, env=variables) as process:
        try:
            for probe in PROBES:
                request = container[probe]["httpGet"]
                ask(process, ports[request["port"]], request["path"])
            # A ready service has opened each port.
            urls = ask(process, ports["ops"], "/livez")["listening"]
            listening = {server: int(url.rpartition(":")[2]) for server, url in urls.items()}
            opened = {it: port for it, port in ports.items() if not it.endswith("-udp")}
            assert listening == opened, (name, listening, opened)
            process.terminate()
            assert process.wait(PATIENCE) == 0, f"{name} was stopped and did not end well"
        finally:
            process.kill()


def ask(process: subprocess.Popen[bytes], port: int, path: str) -> dict[str, Any]:
    """Return the answer of the service, once it is 200."""
    network = f"--net=/proc/{process.pid}/ns/net"
    command = ["nsenter", network, sys.executable, "-c", _ASK, str(port), path]
    end = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None, f"it ended by itself: {process.args!r}"
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        status, _, body = done.stdout.partition(" ")
        if status == "200":
            return dict(json.loads(body))
        assert time.monotonic() < end, (path, done.stdout, done.stderr)
        time.sleep(0.2)


def environment(
    image: Image, container: Mapping[str, Any], settings: Mapping[str, str], folder: Path
) -> dict[str, str]:
    """Return the variables of a pod's container, whose secrets are in `folder`."""
    variables = {**image.environment, **settings}
    for it in container["env"]:
        variables[it["name"]] = it["value"].replace(SECRETS, str(folder))
    return variables


def only_container(workload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the container of a Deployment's or a Job's pods."""
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    return dict(container)

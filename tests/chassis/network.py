"""Two hosts on one machine: network namespaces of Linux, joined by a cable of their own.

They reach each other, and nothing else: neither this machine's services nor the internet.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tests.servers.missing import Missing

# This network is reserved for tests between two hosts: https://www.rfc-editor.org/rfc/rfc2544.
NEAR, FAR = "198.18.77.1", "198.18.77.2"
PREFIX = 24


class Host(NamedTuple):
    """A namespace, and its address."""

    namespace: str
    address: str

    def command(self, *command: str) -> tuple[str, ...]:
        """Return the command that runs `command` on this host."""
        return ("ip", "netns", "exec", self.namespace, *command)

    def attach(self, device: str) -> None:
        """Make `device` its network."""
        ip("link", "set", device, "netns", self.namespace)
        inside = ("-netns", self.namespace)
        ip(*inside, "address", "add", f"{self.address}/{PREFIX}", "dev", device)
        ip(*inside, "link", "set", device, "up")


@contextmanager
def hosts() -> Iterator[tuple[Host, Host]]:
    """Make two hosts without a network; raises `Missing` if this process may not."""
    if reason := lacks():
        raise Missing(reason)
    near, far = (Host(f"shallot-{os.getpid()}-{each}", each) for each in (NEAR, FAR))
    made: list[Host] = []
    try:
        for host in (near, far):
            ip("netns", "add", host.namespace)
            made.append(host)
            ip("-netns", host.namespace, "link", "set", "lo", "up")
        yield near, far
    finally:
        for host in made:
            ip("netns", "delete", host.namespace)


@contextmanager
def joined() -> Iterator[tuple[Host, Host]]:
    """Make two hosts, joined by a pair of virtual network cards; raises `Missing`."""
    with hosts() as (near, far):
        cards = [f"v{os.getpid()}{end}" for end in "ab"]
        ip("link", "add", cards[0], "type", "veth", "peer", "name", cards[1])
        for host, card in zip((near, far), cards, strict=True):
            host.attach(card)
        yield near, far


def lacks() -> str:
    """Return why there can be no such hosts here, or ""."""
    if shutil.which("ip") is None:
        return "ip (apt-get install iproute2), for hosts of their own"
    if os.geteuid() != 0:
        return "root, to make network namespaces"
    name = f"shallot-{os.getpid()}-try"
    done = subprocess.run(("ip", "netns", "add", name), capture_output=True, text=True, check=False)
    if done.returncode:
        return f"network namespaces: {done.stderr.strip()}"
    ip("netns", "delete", name)
    return ""


def ip(*arguments: str) -> None:
    """Run `ip`; raises `CalledProcessError`."""
    subprocess.run(("ip", *arguments), capture_output=True, text=True, check=True)

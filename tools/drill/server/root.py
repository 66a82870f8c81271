"""A Debian system in a folder, with namespaces of its own and without systemd."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tools.drill.server import systemctl
from tools.service import UV, environment, find_python

# Process 1 collects the processes that lose their parent, as systemd does.
_INIT = """
ip link set lo up; hostname fresh
mount -t proc proc {0}/proc; mount --bind /dev {0}/dev; mount -t tmpfs tmpfs {0}/dev/shm
mount -t tmpfs tmpfs {0}/run; mkdir {0}/run/lock; echo ready
while :; do sleep 1000; done
"""
_ENVIRONMENT = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root")


class Root:
    """The folder, and the process id of its first process."""

    def __init__(self, folder: Path, pid: int) -> None:
        self.folder = folder
        self.pid = pid

    async def run(self, *command: str) -> tuple[int, str]:
        """Run a command inside; return its exit code and what it printed."""
        return await finished(*self._inside("-n", "-p", "-m", "-u", "-i"), *command)

    async def calling(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start our callers in its network alone."""
        command = ("nsenter", "-t", str(self.pid), "-n", sys.executable, "-m")
        return await asyncio.create_subprocess_exec(
            *command,
            "tools.drill.server.calling",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )

    def _inside(self, *kinds: str) -> tuple[str, ...]:
        enter = ("nsenter", "-t", str(self.pid), *kinds)
        return (*enter, "chroot", str(self.folder), "env", "-i", *_ENVIRONMENT)


async def make(folder: Path, project: Path) -> None:
    """Install Debian and the packages of a server; put the project and its wheels in `/opt`."""
    await good("debootstrap", "--variant=minbase", "trixie", str(folder))
    policy = folder / "usr" / "sbin" / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    shutil.copytree(project, folder / "opt" / "project")
    # The packages come over the network, which the namespaces do not have.
    proc = f"mount -t proc proc {folder}/proc; exec chroot {folder}"
    setup = f"{proc} /opt/project/deploy/server/setup packages"
    await good("unshare", "--mount", "bash", "-c", setup)
    wheels = folder / "opt" / "wheels"
    downloader = folder / "opt" / "downloader"
    await good(UV, "venv", "--quiet", "--seed", "--python", find_python(), str(downloader))
    pip = (str(downloader / "bin" / "pip"), "--quiet", "download", "--dest", str(wheels))
    constraints = str(project / "constraints.txt")
    await good(*pip, "--constraint", constraints, f"{project}[tracing]", "hatchling>=1.33,<2")
    (folder / "etc" / "pip.conf").write_text("[global]\nno-index=1\nfind-links=/opt/wheels\n")
    (folder / "etc" / "hosts").write_text("127.0.0.1 localhost fresh\n")
    small = folder / "usr" / "local" / "bin" / "systemctl"
    shutil.copy(str(systemctl.__file__), small)
    small.chmod(0o755)


@asynccontextmanager
async def entered(folder: Path) -> AsyncIterator[Root]:
    """Start the namespaces; all processes in them end with the block."""
    spaces = ("--net", "--pid", "--mount", "--uts", "--ipc", "--fork", "--kill-child")
    child = await asyncio.create_subprocess_exec(
        *("unshare", *spaces, "bash", "-c", _INIT.format(folder)),
        stdout=asyncio.subprocess.PIPE,
        stdin=asyncio.subprocess.DEVNULL,
    )
    try:
        assert child.stdout
        assert await child.stdout.readline() == b"ready\n"
        (first,) = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
        yield Root(folder, int(first))
    finally:
        child.kill()
        await child.wait()


async def finished(*command: str) -> tuple[int, str]:
    """Run a command to its end; return its exit code and what it printed."""
    # A daemon that it starts may keep its output open: a file, and no pipe.
    output = os.memfd_create("output")
    try:
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment(),
        )
        code = await child.wait()
        return code, os.pread(output, 1_000_000, 0).decode(errors="replace")
    finally:
        os.close(output)


async def good(*command: str) -> str:
    """Run a command whose exit code must be 0; raises `RuntimeError` with what it printed."""
    code, said = await finished(*command)
    if code:
        raise RuntimeError(f"{command[0]} ended with {code}: {said[-2000:]}")
    return said

"""Disks in memory, which can be made full and roomy again at any time."""

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.required import MissingRight

# As much as it may ever hold; it takes the memory that its content takes.
ROOM = "16g"
KIB = 1024


@functools.cache
def lacks() -> str:
    """Return what this machine has not got for it, or ""."""
    if os.geteuid() != 0:
        return MissingRight("root, to mount a small disk")
    with tempfile.TemporaryDirectory() as folder:
        try:
            disk = Disk(Path(folder))
            disk.mount(disk.path)
            disk.unmount()
        except (OSError, subprocess.CalledProcessError):
            return MissingRight("the right to mount a small disk")
    return ""


class Disk:
    """A disk in memory at `path`; every method waits, and raises `CalledProcessError`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def mount(self, like: Path) -> None:
        """Put it in place, empty, with the owner and the rights of the folder `like`."""
        found = like.stat()
        rights = f"size={ROOM},uid={found.st_uid},gid={found.st_gid},mode={found.st_mode & 0o777:o}"
        _run("mount", "-t", "tmpfs", "-o", rights, "shallot-chaos", str(self.path))

    def unmount(self) -> None:
        """Remove it with all its files, at once, even if they are open."""
        _run("umount", "--lazy", str(self.path))

    def take_in(self, folder: Path) -> None:
        """Copy all that a folder holds onto it, with owners and rights."""
        _run("cp", "-a", f"{folder}/.", str(self.path))

    def fill(self, spare: int = 64 * KIB) -> None:
        """Leave room for at most `spare` bytes, in addition to the present files."""
        usage = shutil.disk_usage(self.path)
        self._resize(f"{(usage.used + spare) // KIB}k")

    def clear(self) -> None:
        """Give it its room again."""
        self._resize(ROOM)

    def _resize(self, size: str) -> None:
        _run("mount", "-o", f"remount,size={size}", str(self.path))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)

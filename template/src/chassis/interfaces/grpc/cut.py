"""Cuts a connection of this process whose library has no call for it."""

import os
import socket
import stat
from ipaddress import IPv6Address, ip_address
from pathlib import Path

# The folder of a process's open files: on Linux, and on macOS.
_FOLDERS = (Path("/proc/self/fd"), Path("/dev/fd"))


def cut(own_port: int, address: str, port: int) -> bool:
    """Shut down both directions of the connection that `own_port` has with a client.

    Its reader gets the end of the stream, and closes it. Returns whether there was one: always
    `False` on systems without a folder of open files, such as Windows.
    """
    folder = next((each for each in _FOLDERS if each.is_dir()), None)
    files = () if folder is None else tuple(folder.iterdir())
    return any(_cut(int(each.name), own_port, (_plain(address), port)) for each in files)


def _cut(number: int, own_port: int, client: tuple[str, int]) -> bool:
    try:
        # A duplicate: the library may close its own, and the number may be given to another file.
        copy = os.dup(number)
    except OSError:
        return False
    if not stat.S_ISSOCK(os.fstat(copy).st_mode):
        os.close(copy)
        return False
    with socket.socket(fileno=copy) as connection:
        try:
            own, peer = connection.getsockname(), connection.getpeername()
            if own[1:2] != (own_port,) or (_plain(peer[0]), peer[1]) != client:
                return False
            connection.shutdown(socket.SHUT_RDWR)
        except (OSError, ValueError, TypeError, IndexError):
            # It listens, is closed already, or has a family without addresses and ports.
            return False
    return True


def _plain(address: str) -> str:
    """Return the address in one form: an IPv4 address may come as an IPv6 one."""
    found = ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)

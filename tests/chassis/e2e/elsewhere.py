"""The command line on another platform, as far as Linux can show it.

`python -m tests.chassis.e2e.elsewhere PLATFORM COMMAND …` takes away what that platform lacks:
modules, names, and what an event loop can do. Other packages are imported before, since they look
where they are; those of the service are imported after it.
"""

import asyncio
import importlib
import os
import select
import signal
import socket
import sys
import time
from types import ModuleType

import tests.e2e.preloaded  # noqa: F401 (for all that it imports)
from tests.chassis.windows_loop import WindowsLoop

OURS = ("app", "chassis")

_LACKING_MODULES = {
    "darwin": "",
    "win32": "fcntl grp pty pwd readline resource syslog termios tty uvloop",
}
_LACKING_NAMES: dict[str, dict[ModuleType, str]] = {
    "darwin": {select: "epoll", socket: "TCP_KEEPIDLE TCP_USER_TIMEOUT"},
    "win32": {
        os: "chown fchmod fork getegid geteuid getgid getloadavg getpgid getuid killpg mkfifo nice "
        "setsid statvfs sync uname",
        select: "epoll poll",
        signal: "SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGUSR1 SIGUSR2 "
        "pthread_sigmask",
        socket: "MSG_DONTWAIT SO_REUSEPORT TCP_USER_TIMEOUT",
        time: "tzset",
    },
}


# Windows has a signal of its own. SIGQUIT is its substitute.
_OTHERS: dict[str, dict[ModuleType, dict[str, object]]] = {
    "darwin": {},
    "win32": {
        asyncio: {"SelectorEventLoop": WindowsLoop},
        signal: {"SIGBREAK": signal.Signals(3)},
    },
}


def move(platform: str) -> None:
    """Make this process look like one on `platform`, to the packages of the service."""
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    for name in _LACKING_MODULES[platform].split():
        # Every import of it gets an `ImportError`.
        sys.modules[name] = None  # type: ignore[assignment]
    for module, others in _OTHERS[platform].items():
        for name, value in others.items():
            setattr(module, name, value)
    for module, names in _LACKING_NAMES[platform].items():
        for name in names.split():
            delattr(module, name)
    sys.platform = platform


if __name__ == "__main__":
    _, elsewhere, *arguments = sys.argv
    move(elsewhere)
    sys.argv = ["app", *arguments]
    importlib.import_module("app.__main__").main()

#!/usr/bin/python3
"""A small `systemctl` for a root without systemd: it starts and stops what the units say.

It knows the user, the folder, the environment, the commands, their logs and the signals of a unit.
It restarts nothing that ends, and it isolates nothing.
"""

import os
import pwd
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

FOLDERS = [Path("/etc/systemd/system"), Path("/usr/lib/systemd/system")]
STATE = Path("/run/small-systemctl")
PATIENCE = 60.0

Unit = dict[str, list[str]]


def main(arguments: list[str]) -> int:
    """Do what systemctl would do; return its exit code."""
    verb, *names = [it for it in arguments if not it.startswith("--")]
    STATE.mkdir(exist_ok=True)
    for name in names:
        full = name if re.search(r"\.(service|timer)$", name) else f"{name}.service"
        unit = read(full)
        if verb == "enable":
            (STATE / f"{full}.enabled").touch()
        elif not full.endswith(".timer"):
            code = act(verb, full, unit)
            if code:
                return code
    return 0


def act(verb: str, name: str, unit: Unit) -> int:
    """Start, stop or reload a service; return 0 if that is done."""
    if verb == "reload-or-restart":
        verb = "reload" if pid_of(name, unit) else "restart"
    if verb == "reload":
        return run(unit, last(unit, "ExecReload", ""), pid_of(name, unit))
    if verb in ("stop", "restart"):
        stop(name, unit)
    if verb in ("start", "restart") and not pid_of(name, unit):
        return start(name, unit)
    return 0 if verb != "is-active" or pid_of(name, unit) else 3


def read(name: str) -> Unit:
    """Return the settings of a unit, with the specifiers replaced; a template has an instance."""
    template, _, instance = name.partition("@")
    files = [name] if not instance else [name, f"{template}@.{name.rpartition('.')[2]}"]
    found = [folder / file for folder in FOLDERS for file in files if (folder / file).exists()]
    if not found:
        sys.exit(f"Unit {name} not found.")
    instance = instance.rpartition(".")[0]
    text = found[0].read_text().replace("\\\n", " ")
    unit: Unit = defaultdict(list)
    for line in text.splitlines():
        if "=" in line and not line.startswith(("#", ";", "[")):
            key, _, value = line.partition("=")
            unit[key.strip()].append(value.strip().replace("%i", instance).replace("%I", instance))
    return unit


def last(unit: Unit, key: str, default: str) -> str:
    """Return the last value of a setting."""
    return unit[key][-1] if key in unit else default


def start(name: str, unit: Unit) -> int:
    """Start a service. One of the type oneshot or forking has ended its command by then."""
    for folder in " ".join(unit["RuntimeDirectory"]).split():
        made = Path("/run") / folder
        made.mkdir(exist_ok=True, parents=True)
        subprocess.run(["chown", f"{last(unit, 'User', 'root')}:", str(made)], check=True)
    for command in unit["ExecStartPre"]:
        run(unit, command, 0)
    if last(unit, "Type", "simple") in ("oneshot", "forking"):
        return run(unit, last(unit, "ExecStart", ""), 0)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
        path = STATE / f"{name}.notify"
        path.unlink(missing_ok=True)
        ready.bind(str(path))
        path.chmod(0o666)
        ready.settimeout(PATIENCE)
        process = spawn(unit, last(unit, "ExecStart", ""), 0, {"NOTIFY_SOCKET": str(path)})
        (STATE / f"{name}.pid").write_text(str(process.pid))
        while last(unit, "Type", "simple") == "notify":
            try:
                if b"READY=1" in ready.recv(4096):
                    break
            except TimeoutError:
                return 1
    return 0


def run(unit: Unit, command: str, main_pid: int) -> int:
    """Run a command of a unit to its end; return its exit code."""
    code = spawn(unit, command, main_pid).wait()
    return 0 if command.startswith("-") else code


def spawn(
    unit: Unit, command: str, main_pid: int, more: dict[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """Start a command of a unit as its user, in its folder, with its settings and its log."""
    words = shlex.split(command.lstrip("-+!@"))
    user = pwd.getpwnam(last(unit, "User", "root"))
    environment = {"PATH": os.environ["PATH"], "HOME": user.pw_dir, "USER": user.pw_name}
    environment |= {"MAINPID": str(main_pid), **(more or {})}
    for line in unit["Environment"]:
        environment |= dict(word.partition("=")[::2] for word in shlex.split(line))
    for file in unit["EnvironmentFile"]:
        path = Path(file.lstrip("-"))
        lines = path.read_text().splitlines() if path.exists() else []
        named = (line for line in lines if "=" in line and not line.startswith("#"))
        environment |= dict(line.partition("=")[::2] for line in named)
    variable = re.compile(r"\$\{?(\w+)\}?")
    words = [variable.sub(lambda found: environment.get(found[1], ""), word) for word in words]
    log = last(unit, "StandardOutput", "null")
    output = Path(log.removeprefix("append:") if log.startswith("append:") else os.devnull)
    with output.open("ab") as stream:
        # The log is opened by root, as systemd does.
        if output != Path(os.devnull):
            output.chmod(0o640)
        return subprocess.Popen(
            words,
            env=environment,
            cwd=last(unit, "WorkingDirectory", "/").lstrip("-"),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
        )


def stop(name: str, unit: Unit) -> None:
    """Stop a service by its command or its signal, and wait; kill it after its time."""
    pid = pid_of(name, unit)
    if not pid:
        return
    if "ExecStop" in unit:
        run(unit, last(unit, "ExecStop", ""), pid)
    else:
        os.kill(pid, getattr(signal, last(unit, "KillSignal", "SIGTERM")))
    end = time.monotonic() + float(last(unit, "TimeoutStopSec", "60").rstrip("s"))
    while is_running(pid):
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    (STATE / f"{name}.pid").unlink(missing_ok=True)


def pid_of(name: str, unit: Unit) -> int:
    """Return the process id of a running service, or 0."""
    file = Path(last(unit, "PIDFile", str(STATE / f"{name}.pid")))
    pid = int(file.read_text().split()[0]) if file.exists() and file.read_text().strip() else 0
    return pid if pid and is_running(pid) else 0


def is_running(pid: int) -> bool:
    """Return whether there is such a process, and it has not ended."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

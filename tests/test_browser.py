"""Chromium on the page of webrtc: its own peer connection, driven through the page.

The service has no other transport, so the page and the offers need nothing of http.
"""

import asyncio
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.process import Process, run
from tools.required import program
from tools.service import Service, environment, install, render

CLIENT = Path(__file__).parent / "clients" / "browser.py"
PATIENCE = 120
# The steps of a reader of the page: each is evaluated until it is true.
FOLLOW = """
document.getElementById("status")?.textContent === "Connected"
document.querySelector("#follow button").click() ?? true
document.getElementById("following").textContent === "Following notifications"
"""
REGISTER = """
[...document.querySelectorAll("#fields input")].forEach((it, at) => {
 if (at < 2) it.value = ["alice", "greeted"][at]; }) ?? true
document.querySelector("#call > button").click() ?? true
document.querySelector("#answer pre")?.textContent
document.querySelector("#events pre")?.textContent
"""
WRONG = """
document.querySelector("#call > button").click() ?? true
document.querySelector("#answer .error")?.textContent
"""
TOKEN = """
document.getElementById("status")?.textContent === "The service asks for a token"
(document.getElementById("token").value = "{token}")
document.querySelector("#access button").click() ?? true
"""
ACCESS = {"AUTH": "jwt", "AUTH_JWT_KEY": "0123456789abcdefghijklmnopqrstuvwxyz"}

pytestmark = pytest.mark.needs(program("chromium"))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """Return an installed project with webrtc alone."""
    made = render(tmp_path_factory.mktemp("browser") / "project", {"transports": ["webrtc"]})
    install(made)
    return made


def while_served(
    service: Service, ask: Callable[[Process], list[str]], **settings: str
) -> list[str]:
    """Return what `ask` does while the service runs."""
    command = [service.command(service.slug), "serve"]

    async def serve() -> list[str]:
        ports = {"WEBRTC_PORT": "0"}
        async with run(service, command, ("ops", "webrtc"), **ports, **settings) as process:
            return await asyncio.to_thread(ask, process)

    return asyncio.run(serve())


def values(service: Service, process: Process, *expressions: str) -> list[str]:
    """Return the values of expressions on the page in Chromium."""
    done = subprocess.run(
        [service.command("python"), str(CLIENT), f"http://127.0.0.1:{process.ports['webrtc']}/"],
        input="".join(expressions).replace("\n ", " "),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_browser_registers_and_follows(service: Service) -> None:
    found = while_served(service, lambda process: values(service, process, FOLLOW, REGISTER))
    registered, event = map(json.loads, found[-2:])

    assert registered["ids"] == [event["id"]]
    assert (event["receiver"], event["action_type"]) == ("alice", "greeted")


def test_a_browser_shows_what_is_refused(service: Service) -> None:
    found = while_served(service, lambda process: values(service, process, FOLLOW, WRONG))

    assert found[-1].startswith("notifications[0].")


def test_a_browser_shows_a_token(service: Service) -> None:
    made = subprocess.run(
        [service.command(service.slug), "token", "--receiver", "alice"],
        cwd=service.path,
        env=environment() | ACCESS,
        capture_output=True,
        text=True,
        check=True,
    )
    given = TOKEN.replace("{token}", made.stdout.strip())
    found = while_served(
        service, lambda process: values(service, process, given, FOLLOW, REGISTER), **ACCESS
    )

    assert json.loads(found[-1])["receiver"] == "alice"

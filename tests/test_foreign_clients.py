"""Clients that share nothing with the service: those of the pages, and what systems have."""

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from tests.conftest import Render
from tests.vhosts import visit
from tools.drill.over import p2p
from tools.drill.over.caller import TRANSPORTS, Transport, UnansweredError, UnreachedError
from tools.drill.over.choose import caller
from tools.drill.smuggling.drill import SETTINGS, behind
from tools.drill.smuggling.fronts import FRONTS, Front
from tools.drill.smuggling.good import OWN
from tools.drill.smuggling.shapes import SHAPES
from tools.printed import printed
from tools.process import Process, run
from tools.required import program
from tools.service import ROOT, Service, environment, install

REFERENCE = ROOT / "docs" / "reference"
PORTS = {
    "http": "8000",
    "tcp": "7000",
    "grpc": "50051",
    "quic": "4433",
    "p2p": "4001",
    "webrtc": "8089",
}
# The other two have the handshake of QUIC, which is TLS 1.3.
OVER_TCP = ("http", "tcp", "grpc", "webrtc")
PATIENCE = 20
CLIENTS = Path(__file__).parent / "clients"
BODY = '{"receiver": "alice", "action_type": "greeted"}'
LIST = '{"jsonrpc": "2.0", "id": 7, "method": "notifications.list"}\n'
# Makes what an operator would have from somewhere.
CERTIFICATE = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1"
NAMES = ("-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1")


@pytest.fixture(scope="module")
def service(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """Return an installed project with every transport."""
    project = tmp_path_factory.mktemp("foreign") / "project"
    shutil.copytree(render("full"), project)
    installed = Service(project)
    install(installed)
    return installed


def while_served(service: Service, ask: Callable[[Process], str], **settings: str) -> str:
    """Return what `ask` does while the service runs with all its transports."""
    command = [service.command(service.slug), "serve"]
    ports = {f"{name.upper()}_PORT": "0" for name in PORTS}

    async def serve() -> str:
        async with run(service, command, ("ops", *PORTS), **ports, **settings) as process:
            return await asyncio.to_thread(ask, process)

    return asyncio.run(serve())


def told(*command: str, text: str = "", folder: Path | None = None) -> str:
    """Return all that a program says which is given `text`."""
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(),
        cwd=folder,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("transport", PORTS)
def test_the_client_of_the_page_works(service: Service, transport: str) -> None:
    page = (REFERENCE / f"{transport}.md").read_text()
    (block,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert PORTS[transport] in block
    # A client that follows would do so without end. Here come two answers, a heartbeat and an
    # event.
    four = "for line in [await lines.readline() for _ in range(4)]:"
    block = block.replace("async for line in lines:", four)
    block = block.replace("for line in lines:", "for line, _ in zip(lines, range(4)):")

    def ask(process: Process) -> str:
        text = block.replace(PORTS[transport], str(process.ports[transport]))
        text = text.replace("the 64 digits", str(p2p.node_id(p2p.KEY)))
        return told(service.command("python"), "-c", text, folder=service.path)

    printed = while_served(service, ask, P2P_KEY=p2p.P2P_KEY)
    assert "alice" in printed, printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_callers_of_the_drills_work(service: Service, transport: Transport) -> None:
    async def call(process: Process) -> str:
        opened = asyncio.Event()
        one, other = (caller(transport, process.ports, service.path) for _ in range(2))
        following = asyncio.create_task(other.follow(opened.set))
        await asyncio.wait_for(opened.wait(), PATIENCE)
        identity = await one.register({"receiver": "alice", "action_type": "greeted"})
        process.stop()
        end = await asyncio.wait_for(following, PATIENCE)
        await process.gone.wait()
        with pytest.raises((UnreachedError, UnansweredError)):
            await one.register({"receiver": "alice", "action_type": "greeted"})
        await one.close()
        await other.close()
        return f"{identity} {end}"

    async def serve() -> str:
        command = [service.command(service.slug), "serve"]
        ports = {f"{name.upper()}_PORT": "0" for name in PORTS}
        async with run(service, command, ("ops", *PORTS), **ports, P2P_KEY=p2p.P2P_KEY) as process:
            return await call(process)

    identity, _, end = asyncio.run(serve()).partition(" ")

    assert UUID(identity).version == 7
    assert end == ("ended" if transport == "http" else "draining")


@pytest.mark.needs(program("nc", "netcat-openbsd"))
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_nc_talks_to_it(service: Service, ending: str) -> None:
    text = LIST.replace("\n", ending)
    answer = while_served(
        service, lambda it: told("nc", "-N", "127.0.0.1", str(it.ports["tcp"]), text=text)
    )

    assert json.loads(answer)["result"]["page"] == 1


CURL = ("curl", "-sS", "-w", " %{http_code}", "-H", "content-type: application/json", "-d", BODY)


def posted(service: Service, *client: str) -> list[str]:
    """Return the status of each answer that a client gets which posts twice."""

    def ask(process: Process) -> str:
        return told(*client, f"{process.url}/notifications", BODY)

    return [line.split()[0] for line in while_served(service, ask).splitlines()]


@pytest.mark.needs(program("java", "default-jdk-headless"))
def test_java_posts(service: Service) -> None:
    assert posted(service, "java", str(CLIENTS / "Post.java")) == ["202", "202"]


@pytest.mark.needs(program("node", "nodejs"))
def test_node_posts(service: Service) -> None:
    assert posted(service, "node", str(CLIENTS / "post.mjs")) == ["202", "202"]


@pytest.mark.needs(program("curl"))
def test_curl_that_offers_http_2_posts_twice(service: Service) -> None:
    def ask(process: Process) -> str:
        url = f"{process.url}/notifications"
        return told(*CURL, "--http2", url, url)

    answer = while_served(service, ask)
    assert answer.count(" 202") == 2, answer


@pytest.mark.needs(program("curl"))
def test_curl_that_takes_http_2_for_granted_is_refused(service: Service) -> None:
    def ask(process: Process) -> str:
        return told(*CURL, "--http2-prior-knowledge", f"{process.url}/notifications")

    answer = while_served(service, ask)
    assert "curl: (" in answer, answer
    assert "HTTP/2" in answer, answer


@pytest.mark.needs(program("nginx"))
@pytest.mark.needs(program("haproxy"))
@pytest.mark.parametrize("name", FRONTS)
def test_attackers_behind_a_proxy_get_nobody_elses_answers(service: Service, name: Front) -> None:
    command = [service.command(service.slug), "serve", "--server", "http"]
    count = 3 * len(SHAPES)

    async def serve() -> None:
        async with run(service, command, ("ops", "http"), **SETTINGS) as process:
            token = await printed(
                *(service.command(service.slug), "token", "good"),
                cwd=service.path,
                env=environment() | SETTINGS,
                told="token",
            )
            good, attacks = await behind(name, process.ports["http"], token.strip(), count)
        assert good == {OWN: count}
        assert sum(each.total() for each in attacks.values()) == count

    asyncio.run(serve())


def certified(folder: Path) -> dict[str, str]:
    """Return the settings of a service with a certificate for 127.0.0.1."""
    certificate, key = folder / "tls.crt", folder / "tls.key"
    told(*CERTIFICATE.split(), *NAMES, "-out", str(certificate), "-keyout", str(key))
    return {"TLS_CERTIFICATE": str(certificate), "TLS_PRIVATE_KEY": str(key)}


@pytest.mark.needs(program("openssl"))
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_openssl_talks_to_it(service: Service, tmp_path: Path, version: str) -> None:
    settings = certified(tmp_path)

    def ask(process: Process) -> str:
        place = f"127.0.0.1:{process.ports['tcp']}"
        command = ["openssl", "s_client", "-connect", place, version, "-CAfile"]
        # It closes at the end of its input, whether it has an answer or not.
        with subprocess.Popen(
            [*command, settings["TLS_CERTIFICATE"], "-verify_return_error", "-quiet"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as client:
            assert client.stdin is not None
            assert client.stdout is not None
            client.stdin.write(LIST)
            client.stdin.flush()
            line = client.stdout.readline()
            client.terminate()
        return line

    assert json.loads(while_served(service, ask, **settings))["id"] == 7


@pytest.mark.needs(program("openssl"))
def test_an_old_version_of_tls_is_refused(service: Service, tmp_path: Path) -> None:
    settings = certified(tmp_path)

    def ask(process: Process) -> str:
        found = []
        for transport in OVER_TCP:
            place = f"127.0.0.1:{process.ports[transport]}"
            command = ["openssl", "s_client", "-connect", place, "-tls1_1", "-cipher"]
            found.append(told(*command, "ALL:@SECLEVEL=0"))
        return "\0".join(found)

    for answer in while_served(service, ask, **settings).split("\0"):
        assert "Cipher is (NONE)" in answer, answer


@pytest.mark.needs(program("nginx"))
def test_hosts_of_a_server_answer_through_nginx(service: Service) -> None:
    asyncio.run(visit(service))

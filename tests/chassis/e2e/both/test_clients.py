"""`send` and `tail` against a running service, by each scheme that `--via` takes."""

import asyncio
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from chassis.bootstrap import discovery
from tests.chassis.certificates import Authority
from tests.chassis.conformance.conftest import driver_of, driver_settings
from tests.e2e.process import Process, environment, run, serving


class Scheme(NamedTuple):
    """A scheme, the transport that it reaches, and the form of a `send` refusal over it.

    `ends` are the reasons that are told where a stream ends since the service does. `opening` has
    the paths of the requests that open a connection.
    """

    name: str
    transport: str
    refusal: str
    ends: tuple[str | None, ...] = ("draining",)
    has_certificates: bool = True
    # Over quic there is no plain text, and so no other scheme for TLS.
    with_tls: str = "s"
    opening: tuple[str, ...] = ()

    def url(self, process: Process) -> str:
        """Return where the process is reached."""
        return f"{self.name}://{self.place(process)}"

    def place(self, process: Process) -> str:
        """Return the same without the scheme; a peer is named first."""
        peer = getattr(driver_of(self.transport), "NODE_ID", "")
        return f"{peer}{'@' * bool(peer)}127.0.0.1:{process.ports[self.transport]}"


ALL = (
    Scheme("http", "http", "422: [0].receiver", ()),
    Scheme("ws", "http", "a WebSocket only delivers", ()),
    Scheme("tcp", "tcp", "-32602: notifications[0].receiver"),
    Scheme("grpc", "grpc", "INVALID_ARGUMENT: notifications[0].receiver"),
    Scheme("quic", "quic", "-32602: notifications[0].receiver", with_tls=""),
    Scheme("webrtc", "webrtc", "-32602: notifications[0].receiver", opening=("/sessions",)),
    Scheme("p2p", "p2p", "-32602: notifications[0].receiver", has_certificates=False),
)
THERE = tuple(each for each in ALL if each.transport in discovery.server_names())
SENDERS = tuple(each for each in THERE if each.name == each.transport)
CERTIFIED = tuple(each for each in THERE if each.has_certificates)

over_each = partial(pytest.mark.parametrize, "scheme", ids=lambda scheme: scheme.name)


async def send(
    folder: Path, process: Process, scheme: Scheme, *arguments: str, stdin: str = ""
) -> list[str]:
    """Send over the scheme's transport, and return the ids."""
    via = f"{scheme.transport}://{scheme.place(process)}"
    command = ("send", *arguments, "--via", via)
    sent = await asyncio.to_thread(run, folder, *command, stdin=stdin)
    assert sent.returncode == 0, sent
    ids: list[str] = json.loads(sent.stdout)["ids"]
    return ids


@over_each(argvalues=SENDERS)
async def test_a_request_leaves_one_line_in_the_log(tmp_path: Path, scheme: Scheme) -> None:
    async with serving(tmp_path, **driver_settings()) as process:
        await send(tmp_path, process, scheme, "ada", "greeted")

    *opening, line = [line for line in process.logs if line["event"] == "request"]
    assert line["transport"] == scheme.transport
    assert tuple(each["path"] for each in opening) == scheme.opening


@over_each(argvalues=SENDERS)
async def test_send_reads_lines_and_a_key_makes_it_safe_to_repeat(
    tmp_path: Path, scheme: Scheme
) -> None:
    lines = "".join(
        json.dumps({"receiver": f"r{n}", "action_type": "greeted"}) + "\n" for n in range(1200)
    )
    command = ("--lines", "-", "--key", "once")
    async with serving(tmp_path, **driver_settings()) as process:
        first = await send(tmp_path, process, scheme, *command, stdin=lines)
        assert await send(tmp_path, process, scheme, *command, stdin=lines) == first
        port = process.ports[scheme.transport]
        async with driver_of(scheme.transport).connected(port) as caller:
            page = await caller.list()
    assert len({*first}) == page["total"] == 1200


@over_each(argvalues=THERE)
async def test_send_tells_what_is_refused(tmp_path: Path, scheme: Scheme) -> None:
    async with serving(tmp_path, **driver_settings()) as process:
        command = ("send", "x" * 65, "greeted", "--via", scheme.url(process))
        sent = await asyncio.to_thread(run, tmp_path, *command)

    assert sent.returncode == 1
    assert sent.stderr.startswith(f"error: {scheme.refusal}")


@over_each(argvalues=THERE)
async def test_tail_resumes_over_a_restart(tmp_path: Path, scheme: Scheme) -> None:
    # The second service takes the port that the first one had.
    async with serving(tmp_path, **driver_settings()) as first:
        port = str(first.ports[scheme.transport])
        tail = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "tail", "--json", "--limit", "3"),
            *("--receiver", "ada", "--via", scheme.url(first)),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
        )
        assert tail.stdout is not None
        opened = json.loads(await asyncio.wait_for(tail.stdout.readline(), 20))
        assert opened["event"] == "heartbeat"
        # More than a JavaScript number, or a protobuf Struct, could hold.
        data = '{"n": 9007199254740993}'
        ids = await send(tmp_path, first, scheme, "ada", "greeted", data)
        arrived = await notified(tail.stdout)
        assert arrived["id"] == ids[0]
        assert arrived["action_data"] == {"n": 9007199254740993}
    taken = {f"{scheme.transport.upper()}_PORT": port}
    async with serving(tmp_path, **taken, **driver_settings()) as second:
        await send(tmp_path, second, scheme, "bob", "greeted")
        for _ in range(2):
            ids += await send(tmp_path, second, scheme, "ada", "greeted")
        rest = await asyncio.wait_for(tail.stdout.read(), 20)
        assert await tail.wait() == 0
    items: list[dict[str, Any]] = [json.loads(line) for line in rest.splitlines()]
    assert [i["data"]["id"] for i in items if i["event"] == "notification"] == ids[1:]
    assert "reset" not in {item["event"] for item in items}
    assert tuple(item["reason"] for item in items if item["event"] == "closed") == scheme.ends


@over_each(argvalues=CERTIFIED)
async def test_a_certificate_is_shown_where_it_is_asked_for(tmp_path: Path, scheme: Scheme) -> None:
    authority = Authority(tmp_path)
    own, known = authority.sign("service"), authority.sign("client")
    settings = {
        "TLS_CERTIFICATE": str(own.certificate),
        "TLS_PRIVATE_KEY": str(own.private_key),
        "TLS_CLIENT_CA": str(authority.file),
    }
    trusting = {"SSL_CERT_FILE": str(authority.file)}
    shown = ("--certificate", str(known.certificate), "--private-key", str(known.private_key))
    async with serving(tmp_path, **settings) as process:
        place = scheme.place(process)
        command = ("tail", "--json", "--via", f"{scheme.name}{scheme.with_tls}://{place}")
        stranger = await asyncio.to_thread(run, tmp_path, *command, **trusting)
        assert stranger.returncode == 1
        assert "does not answer" in stranger.stderr
        tail = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", *command, *shown),
            cwd=tmp_path,
            env=environment(trusting),
            stdout=asyncio.subprocess.PIPE,
        )
        assert tail.stdout is not None
        opened = json.loads(await asyncio.wait_for(tail.stdout.readline(), 20))
        tail.terminate()
        await tail.wait()
        via = ("--via", f"{scheme.transport}{scheme.with_tls}://{place}")
        sending = ("send", "ada", "greeted", *via, *shown)
        sent = await asyncio.to_thread(run, tmp_path, *sending, **trusting)

    assert opened["event"] == "heartbeat"
    assert sent.returncode == 0, sent


async def notified(lines: asyncio.StreamReader) -> dict[str, Any]:
    """Return the next notification, passing over heartbeats."""
    data = None
    while data is None:
        data = json.loads(await asyncio.wait_for(lines.readline(), 20))["data"]
    assert isinstance(data, dict)
    return data

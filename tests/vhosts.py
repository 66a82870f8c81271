"""A visit to every host of a server's nginx, with a real service behind it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx

from tools.drill.over.grpc import messages
from tools.drill.server.drill import SETTINGS
from tools.drill.server.followers import Call, EventSource, Session, Socket
from tools.drill.server.front import ADMIN, Front, fronted
from tools.printed import printed
from tools.process import Process, run
from tools.service import Service, environment

BEHIND = ("http", "tcp", "grpc")
LIMIT = 1_048_576
USER = httpx.BasicAuth("admin", "secret")


async def visit(service: Service) -> None:
    """Start the service, nginx and a tool's stand-in, and check what each host answers."""
    ports = {f"{name.upper()}_PORT": "0" for name in BEHIND}
    command = [service.command(service.slug), "serve"]
    for name in BEHIND:
        command += ["--server", name]
    said = (service.command(service.slug), "token", "visitor", "--scope", "notifications:admin")
    env = {**environment(), **SETTINGS}
    token = (await printed(*said, cwd=service.path, env=env, told="token")).strip()
    async with (
        run(service, command, ("ops", *BEHIND), **ports, **SETTINGS) as process,
        _tool() as tool,
        fronted(service, [process.ports, process.ports], tool) as front,
        httpx.AsyncClient(verify=front.context, timeout=30) as client,
    ):
        visitor = _Visitor(front, client, token)
        await _redirected(visitor)
        await _limited(visitor, process)
        await _files(visitor)
        await _tools(visitor)
        await _handshakes(front)
        assert (await visitor.get("event.api", "/notifications")).status_code == 404
        hidden = await visitor.get("api", "/readyz", headers=visitor.token)
        assert hidden.status_code == 404
        await _followed(front, token, service)


class _Visitor:
    """Asks a host of the domain by its name, which no resolver knows."""

    def __init__(self, front: Front, client: httpx.AsyncClient, token: str) -> None:
        self.front = front
        self.client = client
        self.token = {"authorization": f"Bearer {token}"}

    async def get(self, host: str, path: str, **more: Any) -> httpx.Response:
        return await self.ask("GET", host, path, **more)

    async def ask(self, method: str, host: str, path: str, **more: Any) -> httpx.Response:
        name = f"{host}.{self.front.domain}"
        url = f"https://127.0.0.1:{self.front.ports[443]}{path}"
        headers = {"host": name, **more.pop("headers", {})}
        extensions = {"sni_hostname": name}
        return await self.client.request(
            method, url, headers=headers, extensions=extensions, **more
        )


async def _redirected(visitor: _Visitor) -> None:
    front = visitor.front
    challenge = front.folder / "var" / "www" / "acme" / ".well-known" / "acme-challenge" / "token"
    challenge.parent.mkdir(parents=True)
    challenge.write_text("answer")
    plain, name = f"http://127.0.0.1:{front.ports[80]}", {"host": f"api.{front.domain}"}
    answer = await visitor.client.get(f"{plain}/.well-known/acme-challenge/token", headers=name)
    assert answer.text == "answer"
    answer = await visitor.client.post(f"{plain}/notifications?a=b", headers=name)
    assert answer.status_code == 308
    assert answer.headers["location"] == f"https://api.{front.domain}/notifications?a=b"
    assert "strict-transport-security" not in answer.headers


async def _limited(visitor: _Visitor, process: Process) -> None:
    """The largest body passes; one byte more gets the service's own answer, or an equal one."""
    body = json.dumps({"receiver": "alice", "action_type": "greeted"}).encode()
    headers = {**visitor.token, "content-type": "application/json"}
    asked = {"headers": headers, "content": body.ljust(LIMIT)}
    answer = await visitor.ask("POST", "api", "/notifications", **asked)
    assert answer.status_code == 202
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert answer.headers["server"] == "nginx"
    large = body.ljust(LIMIT + 1)
    found = await visitor.ask("POST", "api", "/notifications", headers=headers, content=large)
    own = await visitor.client.post(f"{process.url}/notifications", headers=headers, content=large)
    assert found.status_code == own.status_code == 413
    assert found.headers["content-type"] == own.headers["content-type"]
    assert {**found.json(), "request_id": ""} == {**own.json(), "request_id": ""}


async def _files(visitor: _Visitor) -> None:
    front = visitor.front
    (front.folder / "srv" / front.slug / "assets" / "a.css").write_text("a {}")
    answer = await visitor.get("api", "/assets/a.css")
    assert (answer.text, answer.headers["content-type"]) == ("a {}", "text/css")
    assert (await visitor.get("api", "/logs/")).status_code == 401
    assert "nginx-access.log" in (await visitor.get("api", "/logs/", auth=USER)).text
    log = await visitor.get("api", "/logs/nginx-access.log", auth=USER)
    assert "POST /notifications" in log.text
    assert "a=b" not in log.text


async def _tools(visitor: _Visitor) -> None:
    for host in ADMIN:
        assert (await visitor.get(host, "/")).status_code == 401
        wrong = httpx.BasicAuth("admin", "wrong")
        assert (await visitor.get(host, "/", auth=wrong)).status_code == 401
        answer = await visitor.get(host, "/", auth=USER)
        assert answer.status_code == 200
        # RabbitMQ has the same user; another tool would take nginx's password for its own.
        assert ("authorization: basic" in answer.text.lower()) == (host == "rmq")
        assert f"host: {host}.{visitor.front.domain}" in answer.text.lower()


async def _handshakes(front: Front) -> None:
    port = front.ports[443]
    for host, options, wanted in (
        (f"api.{front.domain}", ("--http2",), "2 401"),
        (f"api.{front.domain}", ("--tls-max", "1.1"), "0 000"),
        ("other.example.com", ("--insecure",), "0 000"),
    ):
        child = await asyncio.create_subprocess_exec(
            *("curl", "--silent", "--cacert", str(front.certificate), "--output", "/dev/null"),
            *("--write-out", "%{http_version} %{http_code}", *options),
            *("--resolve", f"{host}:{port}:127.0.0.1", f"https://{host}:{port}/notifications"),
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await child.communicate()
        assert said.decode() == wanted, (host, options)


async def _followed(front: Front, token: str, service: Service) -> None:
    words = messages(service.path)
    followers = [EventSource(front, token), Socket(front, token), Session(front, token)]
    async with AsyncExitStack() as stack, httpx.AsyncClient(verify=front.context) as client:
        for follower in (*followers, call := Call(front, token, "", words)):
            await stack.enter_async_context(follower.following())
        body = {"receiver": "bob", "action_type": "greeted"}
        visitor = _Visitor(front, client, token)
        asked = {"headers": visitor.token, "json": body}
        answer = await visitor.ask("POST", "api", "/notifications", **asked)
        for follower in (*followers, call):
            assert await follower.saw([answer.json()["id"]]), type(follower).__name__


@asynccontextmanager
async def _tool() -> AsyncIterator[int]:
    """Serve what answers each request with its own head; yield the port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + head)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]

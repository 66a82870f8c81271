"""The proxy between Portainer and Docker's socket, in front of a socket that notes requests."""

import http.client
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingUnixStreamServer

import pytest

from tools.process import free_port
from tools.required import program
from tools.service import ROOT

pytestmark = pytest.mark.needs(program("haproxy"))

CONFIG = ROOT / "template" / "deploy" / "compose" / "docker-api.cfg"
SHOWN = (
    "/_ping",
    "/v1.51/version",
    "/v1.51/info",
    "/v1.51/containers/json?all=1",
    "/containers/f00d/json",
    "/v1.51/containers/my-service-app-1/logs?stdout=1&tail=10",
    "/v1.51/images/json",
    "/v1.51/images/library/redis:8.2-alpine/json",
    "/v1.51/networks/my-service_back",
    "/v1.51/volumes",
)
HIDDEN = (
    # Files of a container, with its secrets.
    ("GET", "/v1.51/containers/f00d/archive?path=/run/secrets/database_url"),
    ("GET", "/containers/f00d/export"),
    ("GET", "/v1.51/images/get?names=my-service"),
    ("GET", "/v1.51/containers/f00d/attach/ws?stream=1&stdin=1"),
    ("GET", "/v1.51/containers/f00d%2Farchive/json"),
    ("GET", "/v1.51/containers/f00d/archive?/json"),
    ("GET", "/v1.51/secrets"),
    # Each of these makes its caller root of the machine.
    ("POST", "/v1.51/containers/create"),
    ("POST", "/v1.51/containers/f00d/exec"),
    ("POST", "/v1.51/containers/f00d/json"),
    ("POST", "/v1.51/build"),
    ("PUT", "/v1.51/containers/f00d/archive?path=/"),
    ("DELETE", "/v1.51/volumes/my-service_database"),
    ("POST", "/session"),
)


@dataclass
class Proxy:
    """A running proxy, and the paths that came through."""

    port: int
    passed: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str) -> int:
        """Return the status of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path)
            return connection.getresponse().status
        finally:
            connection.close()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Run haproxy with the file of the service, in front of another socket."""
    folder = tmp_path_factory.mktemp("docker")
    running = Proxy(free_port())
    text = CONFIG.read_text()
    for old, new in (
        ("bind :2375", f"bind 127.0.0.1:{running.port}"),
        ("/var/run/docker.sock", str(folder / "docker.sock")),
    ):
        assert old in text
        text = text.replace(old, new)
    config = folder / "haproxy.cfg"
    config.write_text(text)
    server = ThreadingUnixStreamServer(str(folder / "docker.sock"), answering(running.passed))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    process = subprocess.Popen(["haproxy", "-db", "-q", "-f", str(config)])
    try:
        wait_for(process, running.port)
        yield running
    finally:
        process.terminate()
        process.wait(30)
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("path", SHOWN)
def test_what_reads_comes_through(proxy: Proxy, path: str) -> None:
    assert proxy.ask("GET", path) == 200
    assert proxy.passed[-1] == path


@pytest.mark.parametrize(("method", "path"), HIDDEN)
def test_what_changes_or_reads_files_does_not(proxy: Proxy, method: str, path: str) -> None:
    before = list(proxy.passed)
    assert proxy.ask(method, path) == 403
    assert proxy.passed == before


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Return once the process accepts connections."""
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"haproxy does not listen: {process.returncode}")


def answering(passed: list[str]) -> type[StreamRequestHandler]:
    """Return a handler that notes the path of each request and answers 200."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            while line := self.rfile.readline():
                passed.append(line.decode().split()[1])
                while self.rfile.readline().strip():
                    """Skip the headers."""
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    return Handler

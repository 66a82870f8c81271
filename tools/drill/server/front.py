"""The service's own nginx configuration, in a folder and on ports of its own."""

import os
import re
import ssl
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.drill.child import listening
from tools.process import free_port
from tools.service import Service

CONFIGURATION = Path("deploy") / "server" / "nginx.conf"
ADMIN = ("adminer", "dbeaver", "portainer", "grafana", "rmq")
_ADMIN_PORTS = (8081, 8978, 9443, 3000, 15672)
# The last digit is the number of the instance.
_INSTANCES = {"http": 800, "tcp": 700, "grpc": 5005}
_PUBLIC = (80, 443, 7000)


@dataclass(frozen=True)
class Front:
    """A running nginx: its files, and where it listens instead of the public ports."""

    folder: Path
    slug: str
    domain: str
    ports: Mapping[int, int]

    @property
    def certificate(self) -> Path:
        """The certificate of all names, which signs itself."""
        return self.folder / "etc" / self.slug / "tls" / f"{self.domain}.crt"

    @property
    def context(self) -> ssl.SSLContext:
        """A context of TLS that trusts this certificate alone."""
        return ssl.create_default_context(cafile=str(self.certificate))

    @property
    def logs(self) -> Path:
        """The folder of its logs."""
        return self.folder / "var" / "log" / self.slug

    @contextmanager
    def drained(self, instance: int) -> Iterator[None]:
        """Let nginx send no request to an instance, as `redeploy` does while it restarts."""
        file = self.folder / "run" / self.slug / f"drain-{instance}"
        file.touch()
        try:
            yield
        finally:
            file.unlink()


@asynccontextmanager
async def fronted(
    service: Service, replicas: Sequence[Mapping[str, int]], admin: int = 1
) -> AsyncIterator[Front]:
    """Run nginx in front of two replicas, by their ports, until the block ends.

    The tools of administrators are all on the port `admin`. Raises `MissingError` where nginx is
    not installed.
    """
    with tempfile.TemporaryDirectory(prefix="shallot-nginx-") as folder:
        front = prepare(service, Path(folder), replicas, admin)
        configuration = Path(folder) / "nginx.conf"
        command = ("nginx", "-e", "stderr", "-g", "daemon off;", "-c", str(configuration))
        ports = [front.ports[443], front.ports[80]]
        async with listening(*command, ports=ports):
            yield front


def prepare(
    service: Service, folder: Path, replicas: Sequence[Mapping[str, int]], admin: int = 1
) -> Front:
    """Write the configuration and what it names into `folder`; return the future nginx."""
    text = (service.path / CONFIGURATION).read_text()
    (domain,) = set(re.findall(r"server_name api\.(\S+);", text))
    front = Front(folder, service.slug, domain, {port: free_port() for port in _PUBLIC})
    assets = f"srv/{front.slug}/assets"
    for path in (f"etc/{front.slug}/tls", assets, "var/www/acme", f"run/{front.slug}"):
        (folder / path).mkdir(parents=True)
    front.logs.mkdir(parents=True)
    names = [f"DNS:{name}.{domain}" for name in ("api", "event.api", *ADMIN)]
    make_certificate(front.certificate, names)
    password = folder / "etc" / front.slug / "admin.htpasswd"
    password.write_text("admin:{PLAIN}secret\n")
    (folder / "nginx.conf").write_text(_adapted(text, front, replicas, admin))
    return front


def make_certificate(path: Path, names: Sequence[str]) -> None:
    """Write a certificate that signs itself, and its key next to it."""
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    named = ("-subj", "/CN=drill", "-addext", f"subjectAltName={','.join(names)}")
    files = ("-keyout", str(path.with_suffix(".key")), "-out", str(path))
    command = ["openssl", "req", "-x509", *curve, *named, *files]
    subprocess.run(command, check=True, capture_output=True)


def _adapted(text: str, front: Front, replicas: Sequence[Mapping[str, int]], admin: int) -> str:
    for path in (f"/etc/{front.slug}", f"/var/log/{front.slug}", f"/srv/{front.slug}"):
        text = text.replace(f"{path}/", f"{front.folder}{path}/")
    text = text.replace(" /var/www/", f" {front.folder}/var/www/")
    text = text.replace(" /run/", f" {front.folder}/run/")
    text = re.sub(r"^user .+;\n", "user root;\n" if os.geteuid() == 0 else "", text, flags=re.M)
    text = re.sub(r"^worker_rlimit_nofile .*\n", "", text, flags=re.M)
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.M)
    for standard, port in front.ports.items():
        text = re.sub(rf"\blisten {standard}\b", f"listen 127.0.0.1:{port}", text)
    for number, ports in enumerate(replicas, 1):
        for transport, port in ports.items():
            if transport in _INSTANCES:
                own = f"127.0.0.1:{_INSTANCES[transport]}{number} "
                text = text.replace(own, f"127.0.0.1:{port} ")
    for standard_port in _ADMIN_PORTS:
        text = re.sub(
            rf"https?://127\.0\.0\.1:{standard_port};", f"http://127.0.0.1:{admin};", text
        )
    kept = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"    {name}_temp_path {front.folder}/{name};\n" for name in kept)
    return text.replace("http {\n", f"http {{\n{temporary}", 1)

"""nginx in front of replicas, as they are deployed: what refuses a connection is passed over."""

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tools.drill.child import listening
from tools.process import free_port

# A request goes to another replica where this one takes no connection; what a replica has begun to
# read is sent to no other.
_CONFIGURATION = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_buffering off;
    # Our reader of streams knows no chunks but those of the service.
    chunked_transfer_encoding off;
{parts}}}
"""
_PART = """\
    upstream {name} {{ {replicas} }}
    server {{
        listen 127.0.0.1:{port};
        keepalive_requests 1000000;
        location / {{
            proxy_pass http://{name};
            # A replica on loopback without tokens accepts only the names of loopback.
            proxy_set_header Host $host;
        }}
    }}
"""


@asynccontextmanager
async def balanced(replicas: Mapping[str, Sequence[int]]) -> AsyncIterator[dict[str, str]]:
    """Lead to the replicas of each name, by their ports, in turn; yield the URL of each name.

    Raises `MissingError` where nginx is not installed.
    """
    ports = {name: free_port() for name in replicas}
    with tempfile.TemporaryDirectory(prefix="shallot-nginx-") as folder:
        parts = "".join(_part(name, ports[name], replicas[name]) for name in replicas)
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(_CONFIGURATION.format(folder=folder, parts=parts))
        command = ("nginx", "-e", "stderr", "-c", str(configuration))
        async with listening(*command, ports=ports.values()):
            yield {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}


def _part(name: str, port: int, replicas: Sequence[int]) -> str:
    servers = " ".join(f"server 127.0.0.1:{replica} max_fails=0;" for replica in replicas)
    return _PART.format(name=name, port=port, replicas=servers)

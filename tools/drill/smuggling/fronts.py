"""Proxies in front of a service, whose connections to it serve one client after the other."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from tools.drill.child import listening
from tools.process import free_port

Front = Literal["nginx", "haproxy"]

FRONTS: tuple[Front, ...] = ("nginx", "haproxy")

# As nginx's own pages have it, for WebSockets and for connections that are kept.
_NGINX = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    upstream service {{ server 127.0.0.1:{service}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{port};
        keepalive_requests 1000000;
        location / {{
            proxy_pass http://service;
            proxy_http_version 1.1;
            proxy_request_buffering off;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
        }}
    }}
}}
"""
_HAPROXY = """\
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout tunnel 30s
listen front
    bind 127.0.0.1:{port}
    http-reuse always
    server service 127.0.0.1:{service}
"""


@asynccontextmanager
async def front(name: Front, service: int) -> AsyncIterator[int]:
    """Lead to the service on that port; yield the proxy's port."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="shallot-front-") as folder:
        text = _NGINX if name == "nginx" else _HAPROXY
        file = Path(folder) / f"{name}.conf"
        file.write_text(text.format(folder=folder, service=service, port=port))
        arguments = ("-e", "stderr", "-c") if name == "nginx" else ("-db", "-q", "-f")
        async with listening(name, *arguments, str(file), ports=[port]):
            yield port

"""The named answer sets that everything is tested with, and what they render to."""

from collections.abc import Mapping
from types import MappingProxyType

Answers = Mapping[str, object]

# `defaults` says nothing, as `copier copy --defaults` does.
CASES: Mapping[str, Answers] = MappingProxyType(
    {
        "defaults": {},
        "producer": {"roles": ["producer"]},
        "consumer": {"roles": ["consumer"]},
        "worker": {
            "roles": ["worker"],
            "transports": [],
            "deploy": ["compose", "server"],
            "ci": "gitlab",
        },
        "full": {
            "roles": ["producer", "consumer", "worker"],
            "transports": ["http", "tcp", "grpc", "quic", "webrtc", "p2p"],
            "deploy": ["compose", "server", "helm"],
        },
    }
)

# Answers that change no Python: rendered in every test, installed in none.
WORDINGS: Mapping[str, Answers] = MappingProxyType(
    {
        "undeployed": {"deploy": []},
        # A domain of the maximum length.
        "served": {"deploy": ["server"], "domain": f"{'a.' * 98}org"},
        "gitlab": {"ci": "gitlab", "deploy": []},
        "apache": {"license": "Apache-2.0", "ci": "gitlab", "python_version": "3.12"},
        "proprietary": {"license": "Proprietary", "ci": "none", "python_version": "3.14"},
        "quoted": {
            "project_name": 'Zoë\'s "Daily" \\ Post 😀',
            "author": 'Zoë "Z" O\'Hara \\ Söhne 😀',
            "description": 'Says "hello" & <goodbye> {{ twice }} \\ 😀',
        },
        # Text that Markdown, YAML and a shell would change.
        "marked": {
            "project_name": "# [a]: <b> `c`",
            "project_slug": "null",
            "author": "yes",
            "description": "``` <!-- $(touch x)",
        },
    }
)

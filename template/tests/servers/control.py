"""Orders for throwaway servers, from another process."""

import json
from collections.abc import Mapping
from typing import TextIO

from tests.servers.server import Server


def obey(orders: TextIO, answers: TextIO, servers: Mapping[str, Server]) -> None:
    """Carry out lines such as `stop rabbitmq`, until there are no more; answer each in JSON."""
    for line in orders:
        answers.write(json.dumps(_obey(line, servers)) + "\n")
        answers.flush()


def _obey(line: str, servers: Mapping[str, Server]) -> dict[str, str]:
    deed, _, name = line.strip().partition(" ")
    if name not in servers or deed not in servers[name].deeds:
        deeds = dict.fromkeys(deed for server in servers.values() for deed in server.deeds)
        return {"error": f"say one of {', '.join(deeds)} and one of {', '.join(servers)}"}
    try:
        getattr(servers[name], deed)()
    except RuntimeError as error:
        return {"error": str(error)}
    return {"done": line.strip()}

"""A peer that shares nothing with the service: iroh, and zeroconf to find it.

    python foreign_peer.py KEY NODE_ID [ADDRESS]

KEY is a private key as hexadecimal digits. Without ADDRESS, the local network is asked. Prints the
ids of what it registers, and then of what it hears, as JSON.
"""

import asyncio
import json
import sys
from typing import Any

import iroh
from zeroconf import ServiceBrowser, ServiceListener, Zeroconf

COUNT = 5


class Found(ServiceListener):
    """Waits for the service with the node id."""

    def __init__(self, node_id: str) -> None:
        self.address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._node_id = node_id
        self._loop = asyncio.get_running_loop()

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        info = zc.get_service_info(type_, name)
        if info is not None and info.decoded_properties.get("node") == self._node_id:
            address = f"{info.parsed_addresses()[0]}:{info.port}"
            self._loop.call_soon_threadsafe(self.address.set_result, address)

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Only the first address is of use."""

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """The test ends before."""


async def discovered(node_id: str) -> str:
    """Return the address of the peer, as the local network knows it."""
    listener = Found(node_id)
    zeroconf = await asyncio.to_thread(Zeroconf)
    browser = await asyncio.to_thread(
        ServiceBrowser, zeroconf, "_shallot-p2p._udp.local.", listener
    )
    try:
        return await asyncio.wait_for(listener.address, 20)
    finally:
        await asyncio.to_thread(browser.cancel)
        await asyncio.to_thread(zeroconf.close)


async def main(key: str, node_id: str, address: str = "") -> None:
    """Connect, and print what the conversation brings."""
    options = iroh.EndpointOptions(
        preset=iroh.preset_minimal(),
        relay_mode=iroh.RelayMode.disabled(),
        secret_key=bytes.fromhex(key),
    )
    endpoint = await iroh.Endpoint.bind(options)
    place = address or await discovered(node_id)
    target = iroh.EndpointAddr(iroh.EndpointId.from_string(node_id), None, [place])
    connection = await endpoint.connect(target, b"shallot-jsonrpc/1")
    try:
        told = await talk(await connection.open_bi())
    except iroh.IrohError as error:
        raise SystemExit(connection.close_reason() or error.message()) from None
    sys.stdout.write(json.dumps({**told, "place": place}))
    connection.close(0, b"")
    await endpoint.close()


async def talk(stream: iroh.BiStream) -> dict[str, list[str]]:
    """Register, and return the ids of that, and of what it hears."""
    rest = b""

    async def ask(number: int, method: str, **params: Any) -> None:
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        await stream.send().write_all(json.dumps(request).encode() + b"\n")

    async def line() -> dict[str, Any]:
        nonlocal rest
        while b"\n" not in rest:
            data = await stream.recv().read(65_536)
            if not data:
                raise SystemExit("the stream has ended")
            rest += data
        text, _, rest = rest.partition(b"\n")
        told: dict[str, Any] = json.loads(text)
        return told

    await ask(1, "notifications.subscribe", receiver="ada")
    assert "subscription" in (await line())["result"]
    new = [{"receiver": "ada", "action_type": "greeted"} for _ in range(COUNT)]
    await ask(2, "notifications.register", notifications=new)
    registered: list[str] = []
    heard: list[str] = []
    while len(heard) < COUNT or not registered:
        told = await line()
        if told.get("id") == 2:
            registered = told["result"]["ids"]
        elif told.get("params", {}).get("event") == "notification":
            heard.append(told["params"]["data"]["id"])
    return {"registered": registered, "heard": heard}


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

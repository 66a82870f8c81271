"""An aggregate, as the commands `send` and `tail` need it."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from chassis.application.streaming.messages import StreamItem, Subscribe
from chassis.application.streaming.streamed import Streamed
from chassis.cli.failure import UsageError
from chassis.service_package import service_module


class Remote(Struct, frozen=True, kw_only=True):
    """The requests for one aggregate of a running service, over each transport.

    `path` is the HTTP path that takes an array of items. `register` is the JSON-RPC method that
    takes them as the parameter `items`; `subscribe` is the one that follows them. `streamed` is how
    their events are streamed. The module `grpc` in the service's `cli` package `name` has the gRPC
    calls.
    """

    name: str
    path: str
    items: str
    register: str
    subscribe: str
    streamed: Streamed

    def filters(self, subscribe: Subscribe) -> dict[str, str]:
        """Return the subscriber's filters, in the aggregate's own words."""
        words = {self.streamed.subject: subscribe.subject, self.streamed.tag: subscribe.tag}
        return {word: value for word, value in words.items() if word and value}

    def grpc_calls(self) -> "GrpcCalls":
        """Load the gRPC calls; raises `UsageError` if the aggregate has none."""
        module = service_module(f"cli.{self.name}.grpc")
        if module is None:
            raise UsageError(f"the command line has no gRPC for {self.name}: use another transport")
        calls: GrpcCalls = module.GRPC
        return calls


class GrpcCalls(Struct, frozen=True, kw_only=True):
    """The gRPC methods of an aggregate by their full names, with their messages as bytes.

    `to_request` raises `Refused` for an item that cannot be encoded.
    """

    register: str
    to_request: Callable[[Sequence[Any]], bytes]
    to_ids: Callable[[bytes], list[str]]
    subscribe: str
    to_subscribe: Callable[[Subscribe], bytes]
    to_item: Callable[[bytes], StreamItem]

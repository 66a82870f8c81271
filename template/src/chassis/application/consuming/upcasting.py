"""Upcasting: an event of an older version becomes one of the newest, which alone is handled."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from chassis.application.consuming.projection import ProjectionFactory
from chassis.application.errors import ApplicationError
from chassis.application.event import Event
from chassis.application.ports.codec import Undecodable
from chassis.application.ports.metrics import Counter, Metrics
from chassis.application.version import Version

UPCAST = Counter("events_upcast", "Events that arrived in an older version.", ("type",))

# Converts the data of one version, as decoded JSON, to that of the next.
type Upcaster = Callable[[Any], Any]


class BrokenChain(ApplicationError):
    """The upcasters lead to no handled version; the text says where the gap is."""


class UnknownType(ValueError):
    """No handler takes this type, and no upcaster leads from it; the text says what to do."""


class _Chain(Struct, frozen=True):
    upcasters: Sequence[Upcaster]
    newest: Version


class Upcasting:
    """Knows for each type the upcasters that lead from it, one after the other, to the newest.

    A table maps the type of a version to the function that makes the next version of its data. A
    handler may name any version: it gets the newest that upcasters lead to from there, and no
    other.
    """

    def __init__(
        self,
        projections: Mapping[str, ProjectionFactory],
        tables: Sequence[Mapping[str, Upcaster]],
        metrics: Metrics,
    ) -> None:
        """Raises `BrokenChain`."""
        upcasters = _joined(tables)
        self._chains = {kind: _chain(kind, upcasters) for kind in upcasters}
        self._metrics = metrics
        self.handlers = self._handlers(projections)
        handled = [version for kind in self.handlers if (version := Version.read(kind))]
        handled.sort(key=lambda version: version.number)
        self._known = {version.name: version for version in handled}
        for kind, chain in self._chains.items():
            if str(chain.newest) not in self.handlers:
                raise BrokenChain(self._gap(kind, chain.newest))
            metrics.count(UPCAST, kind, amount=0)

    def sources(self, kind: str) -> frozenset[str]:
        """Return the types whose events become `kind`, and `kind` itself."""
        older = [each for each, chain in self._chains.items() if str(chain.newest) == kind]
        return frozenset((kind, *older))

    def upcast(self, event: Event) -> Event:
        """Convert an event of an older version to the version that a handler takes.

        Raises `UnknownType`, or `Undecodable` if an upcaster fails.
        """
        chain = self._chains.get(event.type)
        if chain is None:
            raise UnknownType(self._advice(event.type))
        try:
            data = msgspec.json.decode(event.data)
            for upcaster in chain.upcasters:
                data = upcaster(data)
            made = Raw(msgspec.json.encode(data))
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise Undecodable(f"{event.type} cannot become {chain.newest}: {reason}") from error
        self._metrics.count(UPCAST, event.type)
        return msgspec.structs.replace(event, type=str(chain.newest), data=made)

    def _handlers(self, handlers: Mapping[str, ProjectionFactory]) -> dict[str, ProjectionFactory]:
        """Return the handlers, each with the type that it gets."""
        under: dict[str, str] = {}
        for kind in handlers:
            newest = str(self._chains[kind].newest) if kind in self._chains else kind
            if newest in under:
                both = f"{under[newest]} and {kind}"
                raise BrokenChain(f"{both} both have a handler, but become {newest}: leave one")
            under[newest] = kind
        return {newest: handlers[kind] for newest, kind in under.items()}

    def _gap(self, kind: str, newest: Version) -> str:
        leads = f"the upcaster of {kind} leads to {newest}"
        known = self._known.get(newest.name)
        if known is None:
            return f"{leads}, but nothing handles {newest.name}: correct the name, or add a handler"
        return f"{leads}, but the handler takes {known}: add the upcasters between them"

    def _advice(self, kind: str) -> str:
        version = Version.read(kind)
        known = self._known.get(version.name) if version else None
        if version is None or known is None:
            return f"{kind}: update this service, then dead-letters replay; or purge"
        knows = f"knows v{known.number}"
        if version.number > known.number:
            return f"{kind}: update this service, then dead-letters replay; it {knows}"
        return f"{kind}: add its upcaster, then dead-letters replay; this service {knows}"


def _joined(tables: Sequence[Mapping[str, Upcaster]]) -> dict[str, Upcaster]:
    joined: dict[str, Upcaster] = {}
    for table in tables:
        for kind, upcaster in table.items():
            if kind in joined:
                raise BrokenChain(f"{kind} has two upcasters: leave one")
            joined[kind] = upcaster
    return joined


def _chain(kind: str, upcasters: Mapping[str, Upcaster]) -> _Chain:
    version = Version.read(kind)
    if version is None:
        raise BrokenChain(f"the upcaster of {kind} names no version: write {kind}.v1")
    found = []
    while upcaster := upcasters.get(str(version)):
        found.append(upcaster)
        version = version.next()
    return _Chain(found, version)

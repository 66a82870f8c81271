"""Export: the documents that clients are built with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from chassis.bootstrap import discovery
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.system import System
from chassis.cli.failure import CommandFailed, UsageError
from chassis.cli.output import print_json

type Describe = Callable[[System], dict[str, Any]]


def command(document: str, /, *, check: Path | None = None) -> None:
    """Print a document of the service's interfaces.

    Parameters
    ----------
    document
        The document: openapi of http, openrpc of tcp.
    check
        Compare with this file instead, and fail if they differ.
    """
    known = _documents()
    if document not in known:
        names = ", ".join(sorted(known)) or "none"
        raise UsageError(f"there is no {document} here: choose from {names}")
    described = known[document](System(Configuration.read(), discovery.role_names()))
    # As JSON gives it back: JSON has only lists, Python also has tuples.
    exported = msgspec.json.decode(msgspec.json.encode(described, enc_hook=str))
    if check is None:
        print_json(exported)
        return
    try:
        kept = msgspec.json.decode(check.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise CommandFailed(f"{check} cannot be read as JSON: {error}") from None
    if kept != exported:
        raise CommandFailed(f"{check} differs from what the service offers now: export it again")


def _documents() -> dict[str, Describe]:
    """Return the documents that the servers of this project have, by name."""
    return {
        name: describe
        for module in discovery.servers().values()
        for name, describe in getattr(module, "documents", {}).items()
    }

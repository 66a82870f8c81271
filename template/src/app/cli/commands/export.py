"""Export: what others build against."""

from pathlib import Path
from typing import Literal

import msgspec

from app.bootstrap import discovery
from app.bootstrap.configuration import Configuration
from app.bootstrap.system import System
from app.cli.failure import CommandFailed
from app.cli.output import print_json


def command(document: Literal["openapi"], /, *, check: Path | None = None) -> None:
    """Print a document of the service's interfaces.

    Parameters
    ----------
    document
        Which one.
    check
        Compare with this file instead, and fail where they differ.
    """
    configuration = Configuration.read()
    system = System(configuration, discovery.role_names())
    exported = discovery.server("http").openapi(system)
    if check is None:
        print_json(exported)
        return
    try:
        kept = msgspec.json.decode(check.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise CommandFailed(f"{check} cannot be read as JSON: {error}") from None
    if kept != exported:
        raise CommandFailed(f"{check} is not what the service offers now: export it again")

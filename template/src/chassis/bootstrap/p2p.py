"""The identities of this project's peers, and the ways in which they find others."""

import os
from pathlib import Path
from typing import Literal

from chassis.bootstrap.secret_files import write_new
from chassis.interfaces.p2p.address import read_addresses
from chassis.interfaces.p2p.discovery.chain import DiscoveryChain
from chassis.interfaces.p2p.discovery.discovery import Discovery
from chassis.interfaces.p2p.discovery.static import StaticDiscovery
from chassis.interfaces.p2p.identity import Identity
from chassis.interfaces.serving.errors import StartError

# The private keys of the service, unless `P2P_KEY` is set, and of the commands `send` and `tail`.
SERVICE_KEY = Path("var/p2p.key")
COMMAND_KEY = Path("var/p2p-command.key")

type Way = Literal["static", "mdns"]


def find_identity(key: str, file: Path = SERVICE_KEY) -> Identity | None:
    """Return the identity of `key`, else that of `file`, or None if there is neither.

    Raises `StartError` if the file cannot be used.
    """
    try:
        return Identity.read(key or file.read_text("ascii").strip())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StartError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise StartError(f"{file} holds no private key: restore it, or remove it") from None


def keep_identity(key: str, file: Path = SERVICE_KEY) -> Identity:
    """Return the same, and make the file if there is neither; only the owner can read it."""
    found = find_identity(key, file)
    if found is not None:
        return found
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        write_new(draft, f"{Identity.new().text}\n", mode=0o600)
        try:
            # Never half a file: two processes may begin at the same time.
            file.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    except OSError as error:
        raise StartError(
            f"{file} cannot be written ({error.strerror}): set P2P_KEY or P2P_KEY_FILE, "
            "or run the command init, which writes P2P_KEY into .env"
        ) from None
    return keep_identity(key, file)


def make_discovery(peers: str, way: Way) -> Discovery:
    """Return how peers are found: by the list, and then in the chosen way."""
    parts: list[Discovery] = [StaticDiscovery(read_addresses(peers))]
    if way == "mdns":
        # Loaded only if it is chosen.
        from chassis.interfaces.p2p.discovery.mdns import MdnsDiscovery

        parts.append(MdnsDiscovery())
    return DiscoveryChain(*parts)

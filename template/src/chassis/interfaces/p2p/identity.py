"""The identity of a peer: a private key, and the node id that follows from it."""

import base64
import re
import secrets
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# Bytes of an Ed25519 private key.
SIZE = 32
_TEXT = re.compile(r"[A-Za-z0-9_-]{43}")


class Identity:
    """A private key; `node_id` is its public key, 64 hexadecimal digits."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        public = Ed25519PrivateKey.from_private_bytes(key).public_key()
        self.node_id = public.public_bytes_raw().hex()

    @classmethod
    def new(cls) -> Self:
        """Return a fresh one."""
        return cls(secrets.token_bytes(SIZE))

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the one that `text` has written; raises `ValueError`."""
        if _TEXT.fullmatch(text) is None:
            raise ValueError(f"it must be {SIZE} bytes as URL-safe Base64, which are 43 characters")
        return cls(base64.urlsafe_b64decode(f"{text}="))

    @property
    def text(self) -> str:
        """The private key as URL-safe Base64: a secret."""
        return base64.urlsafe_b64encode(self.key).decode().rstrip("=")

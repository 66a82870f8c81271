"""One result of a diagnosis."""

from msgspec import Struct


class Finding(Struct, frozen=True, kw_only=True):
    """The result of one check; `advice` says what to do, also after a success.

    `note` adds to a good result.
    """

    about: str
    ok: bool
    advice: str = ""
    note: str = ""

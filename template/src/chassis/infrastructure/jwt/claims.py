"""The claims of a token that the service reads."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from chassis.application.access.caller import Caller

# Neither NUL nor lone surrogates: no database stores them, and surrogates cannot be encoded.
_STORABLE = r"^[^\x00\ud800-\udfff]*\Z"

type Text = Annotated[str, Meta(min_length=1, max_length=255, pattern=_STORABLE)]
type Pattern = Annotated[str, Meta(max_length=255, pattern=_STORABLE)]
type Patterns = Annotated[list[Pattern], Meta(max_length=100)]


class _Claims(Struct):
    sub: Text
    exp: float
    # One text with spaces between (RFC 8693, 4.2); some issuers write a list.
    scope: str | list[str] = ""
    receivers: Patterns = []


def to_caller(claims: Mapping[str, Any], leeway: float, admin_scope: str) -> Caller:
    """Return the caller of a verified token; raises `msgspec.ValidationError`.

    `admin_scope` makes an administrator. Without the claim `receivers` the caller may read none.
    """
    try:
        found = msgspec.convert(claims, _Claims)
    except UnicodeEncodeError:
        # A lone surrogate outside of the known text fields raises another error than a refusal.
        raise msgspec.ValidationError("a text is not UTF-8") from None
    scopes = found.scope.split() if isinstance(found.scope, str) else found.scope
    return Caller(
        name=found.sub,
        scopes=frozenset(scopes),
        receivers=tuple(found.receivers),
        is_admin=admin_scope in scopes,
        expires_at=found.exp + leeway,
    )

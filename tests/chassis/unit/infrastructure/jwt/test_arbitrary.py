"""Every text as a token: it is refused, unless the issuer has signed it and it is valid."""

import time
from typing import Any

import jwt
from hypothesis import given
from hypothesis import strategies as st

from chassis.application.access.caller import Caller
from chassis.application.errors import Unauthorized
from chassis.infrastructure.jwt.authenticator import JwtAuthenticator
from chassis.infrastructure.jwt.key import read_key
from chassis.infrastructure.jwt.keys import StaticKeys
from tests.chassis.unit.infrastructure.jwt.signing import SECRET, token

TOLD = ("the token is not valid here", "the token has expired")

_texts = st.text(max_size=6) | st.sampled_from(("\0", "\ud800", "ada", "x" * 256))
_numbers = st.integers() | st.floats() | st.integers(2**31, 2**33)
_values = st.recursive(
    st.none() | st.booleans() | _numbers | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=2),
    max_leaves=5,
)
_claims = st.dictionaries(
    st.sampled_from(("sub", "exp", "scope", "receivers", "nbf", "iat", "iss", "aud", "jti", "x")),
    _values,
    max_size=5,
).map(lambda changed: {"sub": "ada", "exp": 2**32, **changed})


async def check(shown: str) -> bool:
    """Return whether it is let in, after a look at whom it speaks for."""
    authenticator = JwtAuthenticator(StaticKeys(read_key(SECRET)), admin_scope="orders:admin")
    try:
        caller = await authenticator.authenticate(shown)
    except Unauthorized as error:
        told = str(error)
    else:
        check_caller(caller)
        return True
    assert told in TOLD
    return False


def check_caller(caller: Caller) -> None:
    for text in (caller.name, *caller.receivers):
        assert "\0" not in text
        assert text.encode()
    assert caller.name
    assert caller.expires_at is not None
    assert time.time() < caller.expires_at < float("inf")


@given(st.text(max_size=60) | st.lists(st.text("eyJ_-=A.", max_size=12)).map(".".join))
async def test_texts(shown: str) -> None:
    assert not await check(shown)


@given(st.data())
async def test_what_is_damaged(data: st.DataObject) -> None:
    good = token(SECRET, "HS256", exp=2**32)
    # The last letter has unused bits.
    at = data.draw(st.integers(0, len(good) - 2))
    letter = data.draw(st.characters(codec="latin-1"))
    assert await check(good[:at] + letter + good[at + 1 :]) is (letter == good[at])


@given(_claims)
async def test_claims(claims: dict[str, Any]) -> None:
    try:
        signed = jwt.encode(claims, SECRET, algorithm="HS256")
    except (TypeError, ValueError):
        # Claims that no issuer can sign either.
        return
    await check(signed)

"""Offers over TLS; data channels are encrypted in any case."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.interfaces.serving.errors import StartError
from chassis.interfaces.serving.tls import Tls
from tests.chassis.certificates import Authority
from tests.chassis.integration.webrtc.serving import client_of, request, serving, told


async def done(message: Any) -> Raw:
    return Raw(b'"done"')


async def test_an_offer_goes_over_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = ssl.create_default_context(cafile=authority.file)
    tls = Tls(*authority.sign("server"))
    async with (
        serving({GetNotification: done}, tls=tls) as server,
        client_of(server, context=context) as (_, channel),
    ):
        assert server.url.startswith("webrtcs://")
        channel.send(request())
        assert (await told(channel))["result"] == "done"


async def test_a_client_shows_its_own_certificate_where_it_has_to(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    stranger = ssl.create_default_context(cafile=authority.file)
    known = ssl.create_default_context(cafile=authority.file)
    known.load_cert_chain(*authority.sign("client"))
    tls = Tls(*authority.sign("server"), authority.file)
    async with serving({GetNotification: done}, tls=tls) as server:
        async with client_of(server, context=known) as (_, channel):
            channel.send(request())
            assert (await told(channel))["result"] == "done"
        with pytest.raises(ConnectionError):
            async with client_of(server, context=stranger):
                pass


async def test_a_certificate_that_cannot_be_used_is_told_at_the_start(tmp_path: Path) -> None:
    files = Authority(tmp_path).sign("server")
    with pytest.raises(StartError, match=r"missing\.key cannot be read"):
        async with serving(tls=Tls(files.certificate, tmp_path / "missing.key")):
            pass

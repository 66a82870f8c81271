"""The settings of webrtc, and the check of its port."""

import socket

import pytest

from chassis.bootstrap.environment import Environment, SettingsError
from chassis.bootstrap.servers.webrtc import WebRtcSettings, probe, problems
from chassis.interfaces.serving.errors import PortTaken


def load(**values: str) -> WebRtcSettings:
    return Environment(values).load(WebRtcSettings)


@pytest.mark.parametrize(
    "servers",
    (
        "stun:stun.example.org",
        "stun:stun.example.org:3478, turn:turn.example.org:3478?transport=tcp",
        "turns:192.0.2.1:5349",
    ),
)
def test_ice_servers_are_urls(servers: str) -> None:
    assert load(WEBRTC_ICE_SERVERS=servers).webrtc_ice_servers == servers


@pytest.mark.parametrize("servers", ("stun.example.org", "http://x", "turn:user:pw@x", "stun:x;"))
def test_others_are_refused(servers: str) -> None:
    with pytest.raises(SettingsError, match="WEBRTC_ICE_SERVERS is malformed"):
        load(WEBRTC_ICE_SERVERS=servers)


def test_addresses_are_checked() -> None:
    assert problems(load(WEBRTC_ADDRESSES="203.0.113.7")) == []
    [problem] = problems(load(WEBRTC_ADDRESSES="example.org"))
    assert problem.startswith("WEBRTC_ADDRESSES is malformed: name addresses")


@pytest.mark.parametrize("kind", (socket.SOCK_STREAM, socket.SOCK_DGRAM))
def test_a_port_that_either_protocol_has_taken_is_told(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        with pytest.raises(PortTaken, match="WEBRTC_PORT"):
            probe("webrtc", "127.0.0.1", taken.getsockname()[1])

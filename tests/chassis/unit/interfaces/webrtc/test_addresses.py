"""The addresses that peers get."""

import pytest

from chassis.interfaces.webrtc import addresses
from chassis.interfaces.webrtc.addresses import reachable_at
from chassis.interfaces.webrtc.announced import read_addresses

EVERYWHERE = ("0.0.0.0", 8089)


def test_a_bound_address_is_the_one_that_peers_get() -> None:
    assert reachable_at([], ("192.0.2.1", 8089)) == [("192.0.2.1", 8089)]


@pytest.mark.parametrize(
    ("given", "expected"),
    (
        ("203.0.113.7", ("203.0.113.7", 8089)),
        ("203.0.113.7:18089", ("203.0.113.7", 18_089)),
        ("2001:db8::7", ("2001:db8::7", 8089)),
        (" [2001:db8::7]:18089 ", ("2001:db8::7", 18_089)),
    ),
)
def test_a_given_address_replaces_it(given: str, expected: tuple[str, int]) -> None:
    both = f"{given},198.51.100.1"

    assert reachable_at(read_addresses(both), EVERYWHERE) == [expected, ("198.51.100.1", 8089)]


@pytest.mark.parametrize(
    "given", ("300.1.1.1", "1.2.3.4:99999", ":8089", "[::1", "example.org", "1.2.3.4:x")
)
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="name addresses of IP, such as 203"):
        read_addresses(given)


def test_all_addresses_are_those_of_the_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "get_host_addresses", lambda use_ipv4, use_ipv6: ["192.0.2.9"])

    assert reachable_at([], EVERYWHERE) == [("192.0.2.9", 8089)]


def test_a_machine_without_a_network_has_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "get_host_addresses", lambda use_ipv4, use_ipv6: [])

    assert reachable_at([], EVERYWHERE) == [("127.0.0.1", 8089)]

"""SDP offers, good and bad."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.interfaces.serving.refused import HttpRefused
from chassis.interfaces.webrtc.offer import CANDIDATES, read_offer

FINGERPRINT = ":".join(["AB"] * 32)
# As Chromium makes it, with fewer lines.
GOOD = f"""v=0
o=- 7614219274584779017 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=candidate:1 1 udp 2113937151 192.0.2.7 54400 typ host generation 0 network-cost 999
a=candidate:2 1 udp 2113937151 0f9a.local 54401 typ host
a=candidate:3 1 tcp 2113937151 192.0.2.7 9 typ host tcptype active
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=ice-options:trickle
a=fingerprint:sha-256 {FINGERPRINT}
a=setup:actpass
a=mid:0
a=sctp-port:5000
a=max-message-size:262144
"""


def body(text: str = GOOD) -> bytes:
    return text.replace("\n", "\r\n").encode()


def test_an_offer_of_a_browser_is_read() -> None:
    offer = read_offer(body())

    assert (offer.section, offer.name, offer.port, offer.largest) == ("0", "abcd", 5000, 262_144)
    assert offer.fingerprint.value == FINGERPRINT
    # A name would be looked up, and TCP is not spoken.
    assert [(each.ip, each.port) for each in offer.candidates] == [("192.0.2.7", 54_400)]


@pytest.mark.parametrize(
    ("line", "instead", "reason"),
    (
        ("m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "", "one section"),
        ("m=application 9", "m=audio 9 UDP/TLS/RTP/SAVPF 0\nm=application 9", "one section"),
        ("m=application 9", "m=video 9", "one section"),
        ("webrtc-datachannel", "5000", "one section"),
        ("a=ice-ufrag:abcd", "a=ice-ufrag:ab", "a=ice-ufrag"),
        ("a=ice-ufrag:abcd", "", "a=ice-ufrag"),
        ("a=ice-ufrag:abcd", "a=ice-ufrag:ab\\cd", "a=ice-ufrag"),
        ("a=ice-pwd:abcdefghijklmnopqrstuvwx", "a=ice-pwd:abc", "a=ice-pwd"),
        ("a=setup:actpass", "a=setup:active", "a=setup"),
        ("a=setup:actpass", "", "a=setup"),
        ("a=setup:actpass", "a=setup:maybe", "session description"),
        (f"a=fingerprint:sha-256 {FINGERPRINT}", "", "a=fingerprint"),
        (FINGERPRINT, "AB:CD", "a fingerprint"),
        ("sha-256", "sha-1", "a=fingerprint"),
        ("a=sctp-port:5000", "", "a=sctp-port"),
        ("a=sctp-port:5000", "a=sctp-port:0", "a=sctp-port"),
        ("a=sctp-port:5000", "a=sctp-port:x", "session description"),
        ("a=max-message-size:262144", "a=max-message-size:-1", "a=max-message-size"),
        ("a=mid:0", "", "a=mid"),
        ("a=mid:0", "a=mid:a b", "a=mid"),
        ("s=-", "s=-\na=ice-lite", "ice-lite"),
        ("192.0.2.7 54400 typ host", "192.0.2.7", "session description"),
        ("s=-", "s=é", "ASCII"),
    ),
)
def test_an_offer_that_cannot_be_used_says_why(line: str, instead: str, reason: str) -> None:
    assert line in GOOD
    with pytest.raises(HttpRefused, match=reason) as refused:
        read_offer(body(GOOD.replace(line, instead)))

    assert refused.value.status == 400


def test_no_more_candidates_are_tried_than_a_few() -> None:
    line = "a=candidate:1 1 udp 2113937151 192.0.2.7 54400 typ host\n"

    assert len(read_offer(body(GOOD + line * 50)).candidates) == CANDIDATES


def test_lines_of_media_do_not_count() -> None:
    assert read_offer(body(GOOD + "a=rtpmap:0\na=ssrc:1\na=fmtp:x\n")).section == "0"


@given(st.binary(max_size=300))
def test_bytes_are_an_offer_or_refused(data: bytes) -> None:
    with pytest.raises(HttpRefused):
        read_offer(data)


@given(st.data())
def test_an_offer_with_a_changed_line_is_read_or_refused(data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place] = lines[place][:2] + data.draw(st.text(st.characters(codec="ascii"), max_size=60))
    with suppress(HttpRefused):
        assert read_offer("\r\n".join(lines).encode()).port > 0

"""An SDP offer: read into what is needed of it, or refused with a reason."""

from aiortc import RTCIceParameters
from aiortc.rtcdtlstransport import RTCCertificate
from aiortc.sdp import SessionDescription
from chassis.interfaces.serving.refused import HttpRefused
from chassis.interfaces.webrtc.description import describe
from chassis.interfaces.webrtc.offer import CANDIDATES, Offer, read_offer

FINGERPRINT = b":".join([b"AB"] * 32)
# As Chromium makes it.
LINES = (
    b"v=0",
    b"o=- 7614219274584779017 2 IN IP4 127.0.0.1",
    b"s=-",
    b"t=0 0",
    b"a=group:BUNDLE 0",
    b"a=extmap-allow-mixed",
    b"m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    b"c=IN IP4 0.0.0.0",
    b"a=candidate:1 1 udp 2113937151 192.0.2.7 54400 typ host generation 0",
    b"a=candidate:2 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active",
    b"a=candidate:3 1 udp 1677729535 203.0.113.7 54400 typ srflx raddr 192.0.2.7 rport 54400",
    b"a=ice-ufrag:abcd",
    b"a=ice-pwd:abcdefghijklmnopqrstuvwx",
    b"a=ice-options:trickle",
    b"a=fingerprint:sha-256 " + FINGERPRINT,
    b"a=setup:actpass",
    b"a=mid:0",
    b"a=sctp-port:5000",
    b"a=max-message-size:262144",
)
WORDS = [
    *LINES,
    b"\r\n",
    b"a=ice-lite",
    b"a=end-of-candidates",
    b"a=setup:active",
    b"a=setup:passive",
    b"m=audio 9 UDP/TLS/RTP/SAVPF 0",
    b"a=rtpmap:0 PCMU/8000",
    b"a=ssrc:1 cname:x",
]
SEEDS = [
    b"\r\n".join(LINES),
    b"\n".join(LINES[6:]),
    b"\r\n".join((*LINES, *LINES[8:10] * 9)),
    b"\r\n".join((*LINES[:6], b"a=fingerprint:sha-256 " + FINGERPRINT, *LINES[6:14], *LINES[15:])),
    b"v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=rtpmap:0 PCMU/8000\r\n",
]
CERTIFICATE = RTCCertificate.generateCertificate()


def check(data: bytes) -> None:
    """Read it; what is read can be answered, and what is refused has a reason without the text."""
    try:
        offer = read_offer(data)
    except HttpRefused as error:
        _check_refusal(error)
        return
    _check_bounds(offer)
    answer = describe(
        section=offer.section,
        role="client",
        ice=RTCIceParameters("name", "p" * 22),
        candidates=[],
        certificate=CERTIFICATE,
        largest=1000,
    )
    [media] = SessionDescription.parse(answer).media
    assert media.rtp.muxId == offer.section, (answer, offer)
    assert answer.count("\r\nm=") == 1, answer


def _check_refusal(refused: HttpRefused) -> None:
    assert refused.status == 400
    assert refused.field == "offer"
    assert 0 < len(refused.reason) < 200, refused.reason


def _check_bounds(offer: Offer) -> None:
    assert 1 <= len(offer.section) <= 64, offer
    assert 4 <= len(offer.name) <= 256, offer
    assert 22 <= len(offer.password) <= 256, offer
    assert len(offer.fingerprint.value) == 95, offer
    assert 0 < offer.port < 2**16, offer
    assert offer.largest >= 0, offer
    assert len(offer.candidates) <= CANDIDATES, offer
    assert all(0 < each.port < 2**16 for each in offer.candidates), offer

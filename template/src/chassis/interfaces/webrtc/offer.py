"""An SDP offer: checked, since aiortc takes almost any text for one."""

import re
from http import HTTPStatus

from aiortc import RTCDtlsFingerprint, RTCIceCandidate
from aiortc.sdp import SessionDescription
from msgspec import Struct

from chassis.interfaces.serving.refused import HttpRefused

# Bytes: a browser's offer has less than 2,000, with many addresses less than 8,000.
LONGEST = 16_384
# Candidates that are tried; further ones are ignored.
CANDIDATES = 8
# The size of messages that a peer takes if it does not say so (RFC 8841, 6.1).
DEFAULT_SIZE = 65_536

# The attributes of data channels. An offer may have more, which belong to media.
_ATTRIBUTES = (
    "candidate",
    "end-of-candidates",
    "fingerprint",
    "ice-lite",
    "ice-pwd",
    "ice-ufrag",
    "max-message-size",
    "mid",
    "sctp-port",
    "setup",
)
# One section of data channels and no media (RFC 8841, 4).
_SECTION = re.compile(r"m=application \d{1,5} UDP/DTLS/SCTP webrtc-datachannel")
_NAME = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_SECTION_NAME = re.compile(r"[!-~]{1,64}")
_FINGERPRINT = re.compile(r"(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}")


class Offer(Struct, frozen=True, kw_only=True):
    """The parameters of a peer: how the service recognizes it, and speaks to it."""

    section: str
    name: str
    password: str
    fingerprint: RTCDtlsFingerprint
    port: int
    # Bytes of the largest message that it takes; 0 is no limit.
    largest: int
    candidates: list[RTCIceCandidate]
    size: int


def read_offer(body: bytes) -> Offer:
    """Return the offer; raises `HttpRefused`, which says what is wrong with it."""
    try:
        text = body.decode("ascii")
    except UnicodeDecodeError:
        raise _refused("must be ASCII") from None
    lines = [line.strip() for line in text.splitlines()]
    sections = [line for line in lines if line.startswith("m=")]
    if len(sections) != 1 or not _SECTION.fullmatch(sections[0]):
        raise _refused(
            "must have one section, m=application … UDP/DTLS/SCTP webrtc-datachannel, and no media"
        )
    try:
        found = SessionDescription.parse("\n".join(filter(_counts, lines)))
    except Exception:
        # aiortc asserts, indexes and converts, so it raises almost anything.
        raise _refused("is no session description (RFC 8866)") from None
    [media] = found.media
    ice, dtls = media.ice, media.dtls
    assert ice is not None
    if ice.iceLite:
        raise _refused("must not be ice-lite: this side waits for the checks")
    # aiortc leaves it out if there is no `a=setup`.
    if dtls is None or dtls.role not in ("auto", "server"):
        raise _refused("must have a=setup:actpass or passive")
    fingerprints = [each for each in dtls.fingerprints if each.algorithm.lower() == "sha-256"]
    if len(fingerprints) != 1:
        raise _refused("must have one a=fingerprint with sha-256")
    capabilities = media.sctpCapabilities
    largest = DEFAULT_SIZE if capabilities is None else capabilities.maxMessageSize
    port = media.sctp_port
    if port is None or not 0 < port < 2**16:
        raise _refused("must have an a=sctp-port from 1 to 65535")
    if largest < 0:
        raise _refused("must have an a=max-message-size of 0 or more")
    return Offer(
        section=_matched(_SECTION_NAME, media.rtp.muxId, "an a=mid of 1 to 64 characters"),
        name=_matched(_NAME, ice.usernameFragment, "an a=ice-ufrag of 4 to 256 characters"),
        password=_matched(_PASSWORD, ice.password, "an a=ice-pwd of 22 to 256 characters"),
        fingerprint=RTCDtlsFingerprint(
            "sha-256", _matched(_FINGERPRINT, fingerprints[0].value, "a fingerprint of 32 bytes")
        ),
        port=port,
        largest=largest,
        candidates=[each for each in media.ice_candidates if _is_usable(each)][:CANDIDATES],
        size=len(body),
    )


def _counts(line: str) -> bool:
    if line[:2] != "a=":
        return line[:2] == "m="
    return line[2:].partition(":")[0] in _ATTRIBUTES


def _matched(pattern: re.Pattern[str], value: str | None, needed: str) -> str:
    if value is None or not pattern.fullmatch(value):
        raise _refused(f"must have {needed}")
    return value


def _is_usable(candidate: RTCIceCandidate) -> bool:
    # A name would be looked up, at a server that the offer chooses.
    return (
        candidate.protocol.lower() == "udp"
        and candidate.component == 1
        and 0 < candidate.port < 2**16
        and not candidate.ip.endswith(".local")
    )


def _refused(reason: str) -> HttpRefused:
    return HttpRefused(HTTPStatus.BAD_REQUEST, "offer", reason)

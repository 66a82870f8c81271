"""An SDP description of one section of data channels, which both sides write."""

import time

from aiortc import RTCDtlsParameters, RTCIceCandidate, RTCIceParameters, RTCSctpCapabilities
from aiortc.rtcdtlstransport import RTCCertificate
from aiortc.sdp import GroupDescription, MediaDescription, SessionDescription

# The port of a section whose candidates say where it is reached (RFC 8829, 5.2.1).
DISCARD = 9
# The port within the association; 5000 is the usual one (RFC 8841, 5).
SCTP_PORT = 5000


def describe(
    *,
    section: str,
    role: str,
    ice: RTCIceParameters,
    candidates: list[RTCIceCandidate],
    certificate: RTCCertificate,
    largest: int,
) -> str:
    """Return the description; `role` is aiortc's name for `a=setup`, `largest` a message's size."""
    description = SessionDescription()
    now = int(time.time())
    description.origin = f"- {now} {now} IN IP4 0.0.0.0"
    description.group.append(GroupDescription("BUNDLE", [section]))
    media = MediaDescription("application", DISCARD, "UDP/DTLS/SCTP", ["webrtc-datachannel"])
    media.host = "0.0.0.0"
    media.rtp.muxId = section
    media.sctp_port = SCTP_PORT
    media.sctpCapabilities = RTCSctpCapabilities(maxMessageSize=largest)
    media.ice = ice
    media.ice_candidates = candidates
    media.ice_candidates_complete = True
    fingerprints = [each for each in certificate.getFingerprints() if each.algorithm == "sha-256"]
    media.dtls = RTCDtlsParameters(fingerprints=fingerprints, role=role)
    description.media.append(media)
    return str(description)

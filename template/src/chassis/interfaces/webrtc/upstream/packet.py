"""Checks an SCTP packet before aiortc reads it, whose loops trust its numbers.

aiortc does not end at a parameter without a length, and counts through all gaps that a SACK names.
The layout is RFC 9260's.
"""

from struct import Struct

_HEADER = 12
_CHUNK = Struct("!BBH")
_PARAMETER = Struct("!HH")
_COUNTS = Struct("!HH")
_GAP = Struct("!HH")

_DATA, _INIT, _INIT_ACK, _SACK, _RECONFIG = 0, 1, 2, 3, 130
# HEARTBEAT, its ACK, ABORT and ERROR have parameters from the first byte on, as RE-CONFIG has.
_PARAMETERS = frozenset((4, 5, 6, 9, _RECONFIG))
# The fixed part of INIT and INIT ACK, of SACK, and of DATA.
_INIT_SIZE, _SACK_SIZE, _DATA_SIZE = 16, 12, 12


def is_sound(packet: bytes, outstanding: int) -> bool:
    """Return whether all lengths fit; `outstanding` is how many chunks wait for a SACK."""
    position, size = _HEADER, len(packet)
    while position + _CHUNK.size <= size:
        kind, _, length = _CHUNK.unpack_from(packet, position)
        start, end = position + _CHUNK.size, position + length
        if end < start or end > size:
            return False
        if kind == _DATA:
            # RFC 9260, 3.3.1: a chunk without data is an error.
            if end - start <= _DATA_SIZE:
                return False
        elif kind == _SACK:
            if not _is_sack(packet, start, end, outstanding):
                return False
        elif kind in _PARAMETERS:
            if not _are_parameters(packet, start, end):
                return False
        elif kind in (_INIT, _INIT_ACK) and (
            end - start < _INIT_SIZE or not _are_parameters(packet, start + _INIT_SIZE, end)
        ):
            return False
        position = end + -length % 4
    return True


def _is_sack(packet: bytes, start: int, end: int, outstanding: int) -> bool:
    if end - start < _SACK_SIZE:
        return False
    gaps, duplicates = _COUNTS.unpack_from(packet, start + 8)
    if end - start < _SACK_SIZE + _GAP.size * (gaps + duplicates):
        return False
    last = 0
    for index in range(gaps):
        first, end_of_gap = _GAP.unpack_from(packet, start + _SACK_SIZE + _GAP.size * index)
        if not last < first <= end_of_gap <= outstanding:
            return False
        last = end_of_gap
    return True


def _are_parameters(packet: bytes, start: int, end: int) -> bool:
    while start + _PARAMETER.size <= end:
        _, length = _PARAMETER.unpack_from(packet, start)
        if length < _PARAMETER.size or start + length > end:
            return False
        start += length + -length % 4
    return True

"""Names of earlier releases: the code is in `app.domain.routing`. They go in the next major one."""

from app.domain.routing import MAX_CHARACTERS, MAX_ENCODED_BYTES, check_label, encode_label

__all__ = ["MAX_CHARACTERS", "MAX_ENCODED_BYTES", "check_label", "encode_label"]

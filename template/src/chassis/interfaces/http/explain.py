"""The message of a failed decoding, in the caller's words."""

from chassis.interfaces.serving.explain import explain

__all__ = ["explain"]

"""Spans of handling, publishing and receiving: wrappers that are used if tracing is on."""

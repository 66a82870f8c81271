"""Spans around what is handled, published and received: wrappers, put on where tracing is on."""

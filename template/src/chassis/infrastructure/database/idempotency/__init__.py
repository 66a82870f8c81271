"""Idempotency keys: the requests that were answered already, and their answers."""

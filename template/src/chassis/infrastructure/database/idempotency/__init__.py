"""Idempotency keys: which requests were answered already, and how."""

"""Secrets that are rotated under load."""

"""Adapters that live in this process: no installation, the same guarantees."""

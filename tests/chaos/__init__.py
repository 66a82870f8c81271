"""Chaos: faults of every kind strike a generated service under load; then all is counted."""

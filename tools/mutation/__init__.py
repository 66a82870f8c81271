"""Breaks the service's core on purpose, in thousands of small ways, for its unit tests to find."""

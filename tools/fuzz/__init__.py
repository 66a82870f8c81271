"""Hostile bytes for the decoders of a service, guided by the lines that they reach."""

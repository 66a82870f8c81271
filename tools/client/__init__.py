"""Clients of a generated service that are light enough to leave the processors to it."""

"""Drill: each alert fires by its own fault, and each panel has an answer."""

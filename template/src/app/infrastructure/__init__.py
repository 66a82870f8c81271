"""Adapters of the service: a package for each aggregate's tables and repository."""

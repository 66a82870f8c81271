"""Secrets from files and commands, which may change while the service runs."""

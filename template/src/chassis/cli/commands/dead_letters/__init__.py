"""Manage the messages that this service received and could not handle."""

"""Errors that end an update before it has begun."""


class Refused(Exception):
    """Why there is no update; the text says what to do."""

"""The notification over HTTP."""

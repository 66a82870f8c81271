"""The notification over JSON-RPC."""

"""JSON-RPC over TCP and TLS: one message a line."""

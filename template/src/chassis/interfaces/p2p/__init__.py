"""JSON-RPC between peers: each stream of a connection is a session with one message a line."""

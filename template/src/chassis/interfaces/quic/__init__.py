"""JSON-RPC over QUIC: each stream that a client opens is a session, one message a line."""

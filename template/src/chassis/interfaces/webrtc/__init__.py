"""JSON-RPC over WebRTC: one data channel is one session, one of its messages is one message."""

"""JSON-RPC 2.0 (https://www.jsonrpc.org/specification): a session without any I/O of its own.

The transports that carry messages share it; one folder for each aggregate's methods.
"""

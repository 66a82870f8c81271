"""JSON-RPC methods, a package for each aggregate."""

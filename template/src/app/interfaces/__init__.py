"""How callers reach the service: a package for each transport, in it one for each aggregate."""

"""Smuggling: what a proxy takes for one request, and a service might take for two."""

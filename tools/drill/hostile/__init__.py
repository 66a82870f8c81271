"""Clients that mean harm, or behave as if they did, each kind in a module of its own."""

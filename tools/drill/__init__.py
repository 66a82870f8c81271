"""Drills: generated services on real servers, which are taken away while the load runs."""

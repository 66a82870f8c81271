"""Callers of a service over each transport: one connection each, nothing tried twice."""

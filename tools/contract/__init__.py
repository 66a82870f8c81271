"""Holds running services to their own OpenAPI document."""

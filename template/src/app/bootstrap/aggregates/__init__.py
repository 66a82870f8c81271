"""A package for each aggregate: a module with a `Container` for each role that it takes part in."""

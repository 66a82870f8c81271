"""The composition root: a package for each aggregate, a module for each role in it."""

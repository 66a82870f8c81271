"""Routes, a package for each aggregate."""

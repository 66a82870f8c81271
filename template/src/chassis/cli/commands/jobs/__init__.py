"""Show and run scheduled work."""

"""The embedded web server that every HTTP-shaped transport shares."""

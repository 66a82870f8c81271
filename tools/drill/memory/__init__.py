"""Memory: what a process takes at most, through the worst that is stored and asked for."""

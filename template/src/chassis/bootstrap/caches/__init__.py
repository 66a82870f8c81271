"""The factories of caches, and of their notifications: a module for each cache."""

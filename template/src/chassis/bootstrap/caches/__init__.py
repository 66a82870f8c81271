"""The factories of caches, and of their signals: a module for each cache."""

"""Adapters: one package for each technology, each class named technology and noun."""

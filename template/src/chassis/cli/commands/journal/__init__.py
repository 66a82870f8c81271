"""Manage the journal, from which streams are resumed."""

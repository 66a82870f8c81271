"""Deal with the journal, from which streams are resumed."""

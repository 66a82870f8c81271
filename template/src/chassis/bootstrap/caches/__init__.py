"""How each cache, and the signal of the journal, are made from the settings, a module for each."""

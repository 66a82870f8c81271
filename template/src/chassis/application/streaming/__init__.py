"""Following the journal: one reader in each process, and any number of subscribers."""

"""Access control: one decision in one place, for every transport."""

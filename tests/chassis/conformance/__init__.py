"""One suite for every transport: what a caller can do, and what each answer is called."""

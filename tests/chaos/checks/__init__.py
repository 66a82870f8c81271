"""What must hold; each module finds what does not, of one kind of promise."""

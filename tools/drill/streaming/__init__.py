"""Events of several types, and subscribers of each kind to them."""

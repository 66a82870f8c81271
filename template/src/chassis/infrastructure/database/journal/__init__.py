"""The journal: the received events, in the order in which they were stored."""

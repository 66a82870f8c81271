"""What any service needs: the bus, the loops that carry messages, and the ports that they use."""

"""Work outside of the event loop: in threads, and in processes."""

"""Dead letters: the messages that no handler could take."""

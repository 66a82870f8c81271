"""The rules that the commands of every aggregate share; a transport adds how a place is called."""

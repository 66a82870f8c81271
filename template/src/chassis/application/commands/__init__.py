"""The rules that the commands of every aggregate share; a transport adds its name for a place."""

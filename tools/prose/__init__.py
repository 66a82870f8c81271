"""The prose check: plain English in pages, help texts and comments, by rules in a program."""

"""The prose check: plain English in pages, help texts and comments, as far as a program can tell."""

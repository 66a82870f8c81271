"""What a caller may do at all; which subjects it may read is another question.

A message names the scope that it needs, in the words of its aggregate.
"""

# What a message needs that names no scope: an administrator. No token is granted it by this word.
ADMIN = "administrator"

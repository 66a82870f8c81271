"""What a caller may do at all; which receivers it may read is another question.

A message names the scope that it needs, in the words of its aggregate.
"""

# Holds all other scopes, and reads all receivers. It has the name that it had when notifications
# were all there was, since tokens in use carry it: it admits to the messages of any aggregate.
ADMIN = "notifications:admin"

"""The scopes that messages need. The subjects that a caller may read are checked elsewhere.

A message names the scope that it needs, in the words of its aggregate.
"""

# A message without a scope needs an administrator. No token can hold this word as a scope.
ADMIN = "administrator"

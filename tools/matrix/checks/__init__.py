"""The checks of a rendering: a module each, whose `check` yields a sentence per problem."""

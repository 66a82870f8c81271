"""The errors that a broken rule of the domain raises."""


class Invalid(ValueError):
    """A value breaks a rule.

    `field` is the path of the value as the caller wrote it (`receiver`, `action_data.a.b`),
    `reason` a sentence that says what would be right.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason

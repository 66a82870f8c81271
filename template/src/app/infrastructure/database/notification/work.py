"""What a notification use case finds in its transaction."""

from app.infrastructure.database.notification.notifications import SqlNotifications
from app.infrastructure.database.transaction import Transaction


class SqlNotificationWork:
    """The repositories of the notification's `Work`, in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.notifications = SqlNotifications(transaction)

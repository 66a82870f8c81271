"""The repositories in the transaction of a notification use case."""

from app.infrastructure.notification.repository import SqlNotifications
from chassis.infrastructure.database.transaction import Transaction


class SqlNotificationWork:
    """The repositories of the notification's `Work`, in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.notifications = SqlNotifications(transaction)

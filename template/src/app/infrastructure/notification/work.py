"""The repositories in the transaction of a notification use case."""

from app.infrastructure.notification.repository import SqlNotifications
from chassis.infrastructure.database.transaction import SqlTransaction


class SqlNotificationWork:
    """The repositories of the notification's `Work`, in one transaction."""

    def __init__(self, transaction: SqlTransaction) -> None:
        self.notifications = SqlNotifications(transaction)

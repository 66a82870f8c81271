"""Large answers, which hold their share of memory until they are sent."""

from chassis.application.budget import until_sent
from chassis.interfaces.serving.asgi import App, Receive, Scope, Send


class UntilSent:
    """Wraps the handler of a route: its answer is in memory until the client has read it."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with until_sent():
            await self._app(scope, receive, send)

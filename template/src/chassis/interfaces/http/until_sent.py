"""Large answers, which count as such until they are sent."""

from chassis.application.budget import until_sent
from chassis.interfaces.serving.asgi import App, Receive, Scope, Send


class UntilSent:
    """Goes around the handler of a route: what it answers is in memory until the client took it."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with until_sent():
            await self._app(scope, receive, send)

"""One place in a deployment, whatever version runs there."""

from collections.abc import Collection, Mapping

from tools.drill.stage import HTTP_ALONE, Stage
from tools.process import Process, free_port
from tools.service import Service


class Replica:
    """A process of one role that comes back to the same ports; without a role, of all."""

    def __init__(
        self,
        stage: Stage,
        settings: Mapping[str, str],
        role: str,
        transports: Collection[str] = HTTP_ALONE,
    ) -> None:
        self.role = role
        self.ports = {name: free_port() for name in transports}
        self._stage = stage
        self._settings = {
            **settings,
            **{f"{name.upper()}_PORT": str(port) for name, port in self.ports.items()},
        }
        self._process: Process | None = None

    @property
    def url(self) -> str:
        """The address of its HTTP interface."""
        return f"http://127.0.0.1:{self.ports['http']}"

    async def become(self, version: Service) -> int | None:
        """Run another version; return the exit code of the one before."""
        code = await self.end()
        self._process = await self._stage.serve(
            version,
            self._settings,
            *(("--role", self.role) if self.role else ()),
            transports=[*self.ports],
        )
        return code

    async def end(self) -> int | None:
        """End what runs there with SIGTERM, and return its exit code."""
        process, self._process = self._process, None
        return await process.end() if process else 0

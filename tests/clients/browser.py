"""Opens a page in headless Chromium and evaluates expressions in it, one of each line of stdin.

    python browser.py URL [SCREENSHOT]

Prints each value as JSON. An expression is evaluated again until its value is true. At the end, the
screenshot is written.
"""

import asyncio
import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

COMMAND = (
    "chromium",
    "--headless=new",
    # Its own sandbox needs rights that a container does not give.
    "--no-sandbox",
    "--disable-gpu",
    # A container has little of it.
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--remote-debugging-port=0",
    "--window-size=1200,900",
)
PATIENCE = 30.0


@asynccontextmanager
async def browser(url: str) -> AsyncIterator["Page"]:
    """Start Chromium with a page."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [*COMMAND, f"--user-data-dir={folder}", url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            async with connect(await address(Path(folder)), max_size=2**26) as socket:
                page = Page(socket)
                await page.attach()
                yield page
        finally:
            process.terminate()
            process.wait()


async def address(folder: Path) -> str:
    """Return the address of the browser's debugger, which it writes into its folder."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                port, path = (folder / "DevToolsActivePort").read_text().split()
                return f"ws://127.0.0.1:{port}{path}"
            except (OSError, ValueError):
                await asyncio.sleep(0.05)


class Page:
    """The first page."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._asked = 0
        self._session: dict[str, str] = {}

    async def attach(self) -> None:
        """Find the page."""
        async with asyncio.timeout(PATIENCE):
            while True:
                targets = (await self.ask("Target.getTargets"))["targetInfos"]
                pages = [each["targetId"] for each in targets if each["type"] == "page"]
                if pages:
                    break
                await asyncio.sleep(0.05)
        found = await self.ask("Target.attachToTarget", targetId=pages[0], flatten=True)
        self._session = {"sessionId": found["sessionId"]}

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Return the result of a method of the DevTools protocol."""
        self._asked += 1
        asked = {"id": self._asked, "method": method, "params": params, **self._session}
        await self._socket.send(json.dumps(asked))
        while True:
            answer = json.loads(await self._socket.recv())
            if answer.get("id") == self._asked:
                result: dict[str, Any] = answer["result"]
                return result

    async def until(self, expression: str) -> Any:
        """Return the value of an expression, once it is true."""
        value = None
        try:
            async with asyncio.timeout(PATIENCE):
                while not value:
                    answer = await self.ask(
                        "Runtime.evaluate",
                        expression=expression,
                        returnByValue=True,
                        awaitPromise=True,
                    )
                    if "exceptionDetails" in answer:
                        raise SystemExit(json.dumps(answer["exceptionDetails"]))
                    value = answer["result"].get("value")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            text = await self.ask("Runtime.evaluate", expression="document.body.innerText")
            raise SystemExit(f"{expression} stays {value}: {text}") from None
        return value

    async def picture(self, file: Path) -> None:
        """Write a screenshot."""
        found = await self.ask("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(found["data"]))


async def main(url: str, *picture: str) -> None:
    """Evaluate each line."""
    async with browser(url) as page:
        for line in filter(str.strip, sys.stdin):
            print(json.dumps(await page.until(line)))
        for file in picture:
            await page.picture(Path(file))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

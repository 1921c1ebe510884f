"""A browser and the pages it looks at: one Chromium, one service, and what neither may do."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

CHROMIUM = os.environ.get("PAYRISK_CHROMIUM") or shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
]  # fmt: skip

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}
WAYS = [
    pytest.param(DESK, True, "light", id="desk"),
    pytest.param(PHONE, False, "dark", id="phone without JavaScript"),
]


@contextlib.contextmanager
def served(app: Any) -> Iterator[str]:
    """The application on a free port of this machine; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


class Watch:
    """What went wrong in a page: errors, refused scripts, and requests that leave the machine."""

    def __init__(self, page: Any, address: str) -> None:
        """Listen to a page."""
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("console", self._console)
        page.on("request", lambda sent: self._request(sent.url, address))

    def _console(self, message: Any) -> None:
        # a form that is refused answers 4xx, which a browser calls an error
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _request(self, url: str, address: str) -> None:
        if not url.startswith((address, "data:")):
            self.faults.append(f"request: {url}")

"""A real `payrisk serve` process on a port of its own."""

from __future__ import annotations

import http.client
import json
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage

COMMAND = [sys.executable, "-c", "from payrisk.cli import main; main()"]


def home_with(ledger: Ledger, folder: Path) -> Path:
    """A home that holds this ledger and no model."""
    storage.save(ledger, folder)
    return folder


class Served:
    """The process; ends by `stop` (asked to) or `kill` (no chance to tidy up)."""

    def __init__(
        self,
        home: Path,
        *options: str,
        command: Sequence[str] = (),
        trusting: Path | None = None,
    ) -> None:
        """trusting: the certificate it answers with, over TLS."""
        self._trusted = None if trusting is None else ssl.create_default_context(cafile=trusting)
        own = [*COMMAND, "--home", str(home), "serve", "--port", "0", *options]
        command = list(command) or own
        self._log = home / f"served-{time.monotonic_ns()}.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(r"https?://[\d.]+:(\d+)/", self.said())
            if found and self._is_up(int(found[1])):
                return
            time.sleep(0.02)
        self.process.kill()
        raise AssertionError(f"the service did not come up: {self.said()}")

    def said(self) -> str:
        return self._log.read_text()

    def _is_up(self, port: int) -> bool:
        self.port = port
        try:
            return self.ask("GET", "/livez")[0] == 200
        except OSError:
            return False

    def connection(self) -> http.client.HTTPConnection:
        if self._trusted is not None:
            return http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=30, context=self._trusted
            )
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        key: str = "",
        connection: http.client.HTTPConnection | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        own = connection or self.connection()
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        try:
            own.request(method, path, None if body is None else json.dumps(body), headers)
            answer = own.getresponse()
            content = answer.read()
        finally:
            if connection is None:
                own.close()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, content

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(30)

"""A payrisk serve process of its own, to be asked and measured."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from _running import SETTING


class Served:
    """A `payrisk serve` process over a home, its decisions in a database of their own."""

    def __init__(self, home: Path, as_of: str, database: Path) -> None:
        """Start it and wait until it answers."""
        program = [sys.executable, "-c", "from payrisk.cli import main; main()"]
        self._log = database.with_suffix(".log")
        env = os.environ | SETTING | {"PAYRISK_DATABASE_URL": f"sqlite:///{database}"}
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [*program, "--home", str(home), "serve", "--port", "0", "--as-of", as_of],
                env=env,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", self._log.read_text())
            if found:
                self.port = int(found[1])
                return
            time.sleep(0.05)
        raise SystemExit(f"the service did not come up:\n{self._log.read_text()[-2000:]}")

    def wait_for_risks(self) -> None:
        """Wait until every customer's risk is worked out: a service does so once a morning."""
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline:
            # it says its address a moment before it listens
            with (
                contextlib.suppress(urllib.error.URLError),
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics") as answer,
            ):
                if b"payrisk_risks_prepared 0.0" not in answer.read():
                    return
            time.sleep(0.5)
        raise SystemExit("the risks of the morning were not worked out within ten minutes")

    def wait_until_ready(self) -> None:
        """Wait until a decision could be kept."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with (
                contextlib.suppress(urllib.error.URLError),
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz"),
            ):
                return
            time.sleep(0.02)
        raise SystemExit("the service was not ready within two minutes")

    def memory_mb(self) -> float:
        """What the process holds in memory now, pages of files included."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1_024

    def cpu_s(self) -> float:
        """CPU seconds used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """Have it finish what it began."""
        self.process.terminate()
        self.process.wait(30)

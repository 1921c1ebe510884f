"""What a cash forecast costs when it is asked again: of the service and of the command."""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from _served import Served

from payrisk import bundle
from payrisk.calendar import iso
from payrisk.cli import run
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.simulate import simulate
from payrisk_models import spec

NAME, TIMES = "days-to-pay", 100
IDLE_S = 0.1
"""CPU seconds in three of a service that prepares nothing any more."""
PAPERS: dict[str, Any] = {
    "card": {},
    "card_text": "",
    "facts": {"git_commit": "", "ledger_sha": "", "seed": 0},
}


def asked_again(customers: int, months: int) -> list[dict[str, Any]]:
    """CPU seconds of the first forecast of a morning and milliseconds of the same asked again.

    The service was given the time to answer its usual question before anybody asks; by_month_s is
    the first answer to another one. restarted: what another process answers first that finds the
    morning on the disk. The command's figures leave out starting Python and importing.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        ledger = Ledger.from_tables(simulate(customers, months, 3).tables)[0]
        storage.save(ledger, home)
        history = ledger.as_of(ledger.default_as_of)
        model: Any = spec(NAME).fit_sketch(history)
        bundle.write(
            bundle.bundle_folder(home, NAME, "1"),
            name=NAME,
            model=model,
            golden=model.rows(history, history.open_invoices().head(20)),
            **PAPERS,
        )
        bundle.set_champion(home, NAME, "1")
        counted = {"invoices": len(history.invoices()), "open": len(history.open_invoices())}
        return [
            {"door": "service", **counted, **_by_service(home, iso(ledger.default_as_of))},
            {"door": "command", **counted, **_by_command(home)},
        ]


def _by_service(home: Path, as_of: str) -> dict[str, float]:
    told: dict[str, float] = {}
    for start in ("first", "restarted"):
        served = Served(home, as_of, home / f"{start}.db")
        _wait(served)
        began = served.cpu_s()
        _ask(served.port)
        first = served.cpu_s()
        told[f"{start}_s"] = round(first - began, 2)
        if start == "first":
            _ask(served.port, "?by=month")
            told["by_month_s"] = round(served.cpu_s() - first, 2)
            first = served.cpu_s()
        for _ in range(TIMES):
            _ask(served.port)
        told["again_ms"] = round(1000.0 * (served.cpu_s() - first) / TIMES, 1)
        served.stop()
    return told


def _wait(served: Served) -> None:
    """Until it listens, a moment after it says its address, and has nothing left to prepare."""
    for _ in range(100):
        with contextlib.suppress(urllib.error.URLError):
            with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/livez") as answer:
                answer.read()
            break
        time.sleep(0.1)
    spent = -1.0
    while served.cpu_s() - spent > IDLE_S:
        spent = served.cpu_s()
        time.sleep(3.0)


def _ask(port: int, query: str = "") -> None:
    url = f"http://127.0.0.1:{port}/v1/cash/forecast{query}"
    with urllib.request.urlopen(url) as answer:
        answer.read()


def _by_command(home: Path) -> dict[str, float]:
    spent = []
    for _ in range(1 + TIMES // 5):
        began = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            run(["--home", str(home), "forecast", "--by", "quarter"])
        spent.append(time.process_time() - began)
    again = sorted(spent[1:])
    return {"first_s": round(spent[0], 2), "again_ms": round(1000.0 * again[len(again) // 2], 1)}

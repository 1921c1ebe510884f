"""Serve the small company and its models by hand, in a process that names the home."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import uvicorn

from payrisk.answers import Answers
from payrisk.calendar import date_of
from payrisk.settings import Settings
from payrisk_api.app import create_app
from payrisk_api.serving import listen
from support.company.five_customers import AS_OF, champions, small_company


def serve() -> None:
    """Answer until told to stop; the first argument is the home."""
    settings = Settings.read(home=Path(sys.argv[1]), as_of=date_of(AS_OF))
    app = create_app(settings, answers=Answers(small_company(), champions(), ledger_sha="1" * 64))
    taken = listen("127.0.0.1", 0)
    sys.stdout.write(f"answers on http://127.0.0.1:{taken.getsockname()[1]}/\n")
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    uvicorn.Server(uvicorn.Config(app, access_log=False)).run(sockets=[taken])

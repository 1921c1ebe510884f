"""A service over the small company in this process, its clock stopped and its ids counted."""

from __future__ import annotations

import datetime as dt
import io
import itertools
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from payrisk.answers import Answers
from payrisk.calendar import date_of
from payrisk.ledger import Ledger
from payrisk.settings import Settings
from payrisk_api.app import create_app
from payrisk_api.observing import json_log
from support.company.five_customers import AS_OF

NOW = dt.datetime(2025, 6, 2, 8, 30, tzinfo=dt.UTC)


class Door:
    """A client of one running service, and what the service logged."""

    def __init__(self, client: TestClient, log: io.StringIO) -> None:
        self.client, self.log = client, log
        self._keys = itertools.count()

    def decide(self, body: Any, key: str | None = None, **query: str) -> Any:
        key = key or f"key-{next(self._keys)}"
        return self.client.post(
            "/v1/credit/decisions", json=body, params=query, headers={"Idempotency-Key": key}
        )


def opened_door(home: Path, company: Ledger, fitted: dict[str, Any]) -> Door:
    """A running service over the small company; whoever opens it ends its client."""
    ids = itertools.count(1)
    log = io.StringIO()
    app = create_app(
        Settings.read(home=home, as_of=date_of(AS_OF)),
        answers=Answers(company, fitted, ledger_sha="1" * 64),
        now=lambda: NOW,
        new_id=lambda: f"dec_{next(ids)}",
        log=json_log(log),
    )
    client = TestClient(app, base_url="http://127.0.0.1:8000")
    client.__enter__()
    return Door(client, log)

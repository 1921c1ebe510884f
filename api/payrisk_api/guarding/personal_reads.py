"""Who read what names persons: a line each in HOME/reads, by month, beside the log."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from payrisk.access import Caller
from payrisk.files import json_bytes

FOLDER = "reads"
PERSONAL = frozenset(
    {
        "GET /v1/credit/decisions",
        "GET /v1/credit/decisions/{decision_id}",
        "GET /v1/credit/decisions/{decision_id}/explanation",
        "GET /v1/credit/decisions/{decision_id}/sheet",
        "GET /v1/credit/decisions/{decision_id}/override",
        "GET /v1/credit/proposals",
        "GET /v1/receivables/actions",
        "GET /v1/receivables/contacts",
        "POST /v1/receivables/contacts",
        "GET /v1/receivables/worklist",
        "GET /credit/decisions",
        "GET /credit/decisions/{decision_id}",
        "GET /collecting",
        "GET /collecting/customers/{customer_id}",
        "GET /admin/keys",
    }
)
"""Routes whose answer may name a person: an applicant, a contact, a colleague with reasons."""


class PersonalReads:
    """Writes down each answer of such a route: when, by which key, and what was asked for."""

    def __init__(self, home: Path) -> None:
        """Nothing is written yet; the folder is its owner's alone."""
        self._folder = home / FOLDER

    def note(self, read_at: dt.datetime, caller: Caller, request: Mapping[str, Any]) -> None:
        """Write one down; raises OSError where that cannot be done, and then nothing is told."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        read = {"at": read_at.isoformat(timespec="seconds"), "key_id": caller.key_id}
        text = json_bytes(read | {"method": request["method"], "path": request["path"]}) + b"\n"
        month = self._folder / f"{read_at:%Y-%m}.jsonl"
        descriptor = os.open(month, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, text)
        finally:
            os.close(descriptor)

"""Corrections: cells of facts said anew later, as a second import would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER, iso
from payrisk.ledger.facts.completing import complete
from payrisk.ledger.facts.corrections import SUBJECT_TABLE, key_text
from payrisk.ledger.facts.tables import TABLES, Tables
from support.ledgers.messy import START

CORRECTED = {
    "invoice": "amount due_on issued_on customer_id",
    "credit": "amount happened_on kind customer_id reason currency",
    "allocation": "amount credit_amount",
    "customer": "country parent_id",
    "alias": "customer_id valid_on",
    "event": "refers_on",
    "attribute": "value valid_on",
    "rate": "rate",
}
OTHERS = {
    "parent_id": ["c0", "c1", ""],
    "country": ["FR", "DE", ""],
    "bank_calendar": ["GB", ""],
    "entity_id": ["north", "south"],
    "currency": ["EUR", "USD"],
    "reason": ["bad_debt", "goodwill", ""],
    "value": ["big", "yes", "900000", "c1", ""],
    "discount_rate": ["0.03", "0"],
    "rate": ["2.5", "0.4"],
}


def correct(
    tables: Tables, fields: Mapping[str, str], scale: float, g: np.random.Generator
) -> None:
    """Add corrections of some cells of these columns, told up to 120 days × scale later."""
    said: list[dict[str, Any]] = []
    often = float(g.choice([0.01, 0.04]))
    for kind, names in fields.items():
        name = SUBJECT_TABLE[kind]
        frame = complete(name, tables[name])
        keys = key_text(name, frame).tolist() if len(frame) else []
        for field in names.split():
            share = often * (6 if len(frame) < 40 else 1)
            for at in np.flatnonzero(g.random(len(frame)) < share):
                row = frame.iloc[at]
                told = int(row["recorded_on"]) + int(g.integers(0, 120) * scale)
                said.append(
                    {
                        "event_id": f"x{len(said)}",
                        "kind": "changed",
                        "subject_kind": kind,
                        "subject": keys[at],
                        "happened_on": told,
                        "recorded_on": told,
                        "field": field,
                        "new": _other(tables, kind, field, row, g),
                    }
                )
    if said:
        own = complete("events", pd.DataFrame(said))
        tables["events"] = pd.concat([tables["events"], own])


def _other(tables: Tables, kind: str, field: str, row: pd.Series, g: np.random.Generator) -> str:
    """Another value of a cell, as the text of a correction."""
    column = TABLES[SUBJECT_TABLE[kind]].column(field)
    if column.kind == "cents":
        return str(int(g.integers(0, 400_000)))
    if column.kind == "day":
        day = START + 60 if row[field] == NEVER else int(row[field])
        return iso(day + int(g.integers(-20, 30)))
    others = OTHERS | {
        "customer_id": sorted(set(tables["invoices"]["customer_id"])),
        "subject": sorted(tables["invoices"]["invoice_id"])[:3]
        + sorted(tables["credits"]["credit_id"])[:3],
        "kind": ["payment", "write_off", "credit_note"],
    }
    if kind == "event":
        others["kind"] = ["reminder", "promise", "reversal", "dispute_opened", "sold"]
    return str(g.choice(others[field]))

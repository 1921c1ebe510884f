"""Fields that no header names, told by what cells are and by how columns hang together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger.importing.reading import cells
from payrisk.ledger.importing.reading.sheet import Sheet
from payrisk.ledger.importing.suggesting.evidence import N_LOOKED_AT, ColumnEvidence
from payrisk.ledger.importing.suggesting.field_columns import FieldColumn
from payrisk.ledger.importing.suggesting.words import header_topics, is_age_bucket

_MOST_TERMS = 12
"""Distinct numbers of days from issue to due that terms make, at most."""


def columns_told_by_cells(
    sheet: Sheet,
    evidence: Sequence[ColumnEvidence],
    table: str,
    field_columns: Mapping[str, FieldColumn],
) -> dict[str, FieldColumn]:
    """Needed fields that only one column left can fill, and the customer's other column."""
    if table == "customers":
        return {}
    taken = {p for each in field_columns.values() for p in (each.position, each.minus)}
    left = [
        i for i, header in enumerate(sheet.header) if i not in taken and sheet.find(header) == i
    ]
    out = _only_ones(sheet, evidence, table, field_columns, left)
    left = [i for i in left if i not in {each.position for each in out.values()}]
    out |= _due(sheet, evidence, {**field_columns, **out}, left) if table == "invoices" else {}
    left = [i for i in left if i not in {each.position for each in out.values()}]
    return out | _customer(sheet, evidence, field_columns, left, table)


def _only_ones(
    sheet: Sheet,
    evidence: Sequence[ColumnEvidence],
    table: str,
    field_columns: Mapping[str, FieldColumn],
    left: Sequence[int],
) -> dict[str, FieldColumn]:
    happened = "issued_on" if table == "invoices" else "happened_on"
    ways = {
        "currency": (
            [i for i in left if evidence[i].currencies >= 0.9],
            "its cells are currencies",
        ),
        "amount": (
            [
                i
                for i in left
                if evidence[i].is_amount
                and evidence[i].fractions > 0.3
                and not header_topics(sheet.header[i]) & {"tax", "net", "discount", "unit"}
                and not is_age_bucket(sheet.header[i])
            ],
            "the only column of amounts left",
        ),
        happened: (
            [
                i
                for i in left
                if evidence[i].is_day
                and evidence[i].filled > 0.8
                and not header_topics(sheet.header[i])
                & {"posting", "delivery", "order", "discount"}
            ],
            "the only column of days left",
        ),
    }
    return {
        name: FieldColumn(places[0], 0.7, why)
        for name, (places, why) in ways.items()
        if name not in field_columns and len(places) == 1
    }


def _due(
    sheet: Sheet,
    evidence: Sequence[ColumnEvidence],
    field_columns: Mapping[str, FieldColumn],
    left: Sequence[int],
) -> dict[str, FieldColumn]:
    """The one column of days that follows the issue by a few terms."""
    if "due_on" in field_columns or "issued_on" not in field_columns:
        return {}
    issued = cells.days(sheet.text(field_columns["issued_on"].position)[:N_LOOKED_AT])
    places = []
    for place in (i for i in left if evidence[i].is_day and evidence[i].filled > 0.8):
        due = cells.days(sheet.text(place)[:N_LOOKED_AT])
        known = ~issued.bad & ~due.bad & (issued.values != NEVER) & (due.values != NEVER)
        gaps = (due.values - issued.values)[known]
        if known.sum() >= 5 and (gaps >= 0).all() and 7 <= gaps.max() <= 366:
            places += [place] if len(np.unique(gaps)) <= _MOST_TERMS else []
    why = "its days follow the issue by a few terms"
    return {"due_on": FieldColumn(places[0], 0.75, why)} if len(places) == 1 else {}


def _customer(
    sheet: Sheet,
    evidence: Sequence[ColumnEvidence],
    field_columns: Mapping[str, FieldColumn],
    left: Sequence[int],
    table: str,
) -> dict[str, FieldColumn]:
    """The customer's number beside the name or the name beside the number; or a name for both."""
    name, number = field_columns.get("customer_name"), field_columns.get("customer_id")
    codes = [i for i in left if _is_code(evidence[i])]
    names = [i for i in left if _is_name(evidence[i])]
    if number is not None and (name is not None or table != "invoices"):
        return {}
    if number is not None:
        places = [i for i in names if _pairs(sheet, i, number.position)]
        why = "one name for each customer's number"
        return {"customer_name": FieldColumn(places[0], 0.7, why)} if len(places) == 1 else {}
    if name is not None:
        places = [i for i in codes if _pairs(sheet, i, name.position)]
        if len(places) == 1:
            return {
                "customer_id": FieldColumn(places[0], 0.75, "one number for each customer's name")
            }
        why = "the only column that names the customer"
        return {"customer_id": FieldColumn(name.position, min(name.confidence, 0.85), why)}
    return _unnamed(sheet, evidence, codes, names) if table == "invoices" else {}


def _unnamed(
    sheet: Sheet, evidence: Sequence[ColumnEvidence], codes: Sequence[int], names: Sequence[int]
) -> dict[str, FieldColumn]:
    """Customers where no header speaks of them: numbers and names in pairs, or names alone."""
    pairs = [(i, j) for i in codes for j in names if _pairs(sheet, i, j)]
    if len(pairs) == 1:
        why = "one number for each name, one name for each number"
        code, wordy = pairs[0]
        return {
            "customer_id": FieldColumn(code, 0.7, why),
            "customer_name": FieldColumn(wordy, 0.7, why),
        }
    names = [i for i in names if not header_topics(sheet.header[i]) & {"other", "terms", "method"}]
    names = [i for i in names if 0.02 < evidence[i].unique < 0.9 and evidence[i].filled > 0.9]
    why = "the only column of names that come again"
    return {"customer_id": FieldColumn(names[0], 0.65, why)} if len(names) == 1 else {}


def _is_code(cells_of: ColumnEvidence) -> bool:
    if cells_of.is_key or "@" in "".join(cells_of.samples):
        return False
    no_amount = cells_of.fractions < 0.1 and not cells_of.is_day and not cells_of.currencies
    return no_amount and not any(" " in sample for sample in cells_of.samples)


def _is_name(cells_of: ColumnEvidence) -> bool:
    wordy = any(" " in sample or len(sample) > 12 for sample in cells_of.samples)
    return cells_of.letters >= 0.8 and wordy and "@" not in "".join(cells_of.samples)


def _pairs(sheet: Sheet, left: int, right: int) -> bool:
    """Whether every cell of one column goes with one of the other, several times at least."""
    f = pd.DataFrame(
        {
            "left": sheet.text(left)[:N_LOOKED_AT].to_pylist(),
            "right": sheet.text(right)[:N_LOOKED_AT].to_pylist(),
        }
    ).dropna()
    n = len(f.drop_duplicates())
    is_one_to_one = n == f["left"].nunique() == f["right"].nunique()
    return is_one_to_one and 1 < n <= 0.9 * len(f)

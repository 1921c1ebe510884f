"""Which column of amounts is the invoice's, by how amounts add up: net and tax, paid and open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pyarrow.compute as pc

from payrisk.arrays import Flags, Floats
from payrisk.ledger.importing.reading.cells import NumberGrammar, days, minor_units
from payrisk.ledger.importing.reading.sheet import Sheet
from payrisk.ledger.importing.suggesting.conventions import decimal_sign
from payrisk.ledger.importing.suggesting.evidence import N_LOOKED_AT, ColumnEvidence
from payrisk.ledger.importing.suggesting.field_columns import FieldColumn
from payrisk.ledger.importing.suggesting.words import header_topics

_FEWEST = 5
"""Rows that must agree before a sum is no coincidence."""
_SLACK = 2.0
"""Minor units by which rounding may part a sum from its parts."""
_MOST_COLUMNS = 8
_CLEARLY = 20.0
"""Days by which what is paid is older than what is not, on average."""


def amounts_by_sums(
    sheet: Sheet, evidence: Sequence[ColumnEvidence], field_columns: Mapping[str, FieldColumn]
) -> dict[str, FieldColumn]:
    """The columns by field, those of amounts put right where sums contradict the headers."""
    out = dict(field_columns)
    if "amount" in out and out["amount"].minus >= 0:
        return out
    places = [
        i
        for i, header in enumerate(sheet.header)
        if evidence[i].is_amount and evidence[i].fractions > 0.1 and sheet.find(header) == i
    ][:_MOST_COLUMNS]
    cents = _read(sheet, places)
    whole = _whole(cents)
    if whole is not None and _may_be_moved(out.get("amount"), whole, cents):
        out = {name: each for name, each in out.items() if each.position != whole}
        out["amount"] = FieldColumn(whole, 0.85, "it is the sum of two other columns")
    out = _balance(sheet, out, cents)
    return _unnamed_paid(_unnamed_balance(sheet, out, cents), cents)


def _read(sheet: Sheet, places: Sequence[int]) -> dict[int, Floats]:
    """The amounts of columns in minor units of two decimals, NaN where there is none."""
    texts = {p: sheet.text(p)[:N_LOOKED_AT] for p in places}
    typed = {p: sheet.is_typed(p)[:N_LOOKED_AT] for p in places}
    sign, _ = decimal_sign([(texts[p], typed[p]) for p in places], "")
    out = {}
    for place, text in texts.items():
        two = np.full(len(text), 2, dtype=np.int64)
        read = minor_units(text, two, grammar=NumberGrammar(sign), typed=typed[place])
        known = ~read.bad & ~read.empty
        out[place] = np.where(known, np.asarray(read.values, dtype=float), np.nan)
    return out


def _agree(left: Floats, right: Floats) -> bool:
    known = ~np.isnan(left) & ~np.isnan(right)
    return bool(known.sum() >= _FEWEST and (np.abs(left - right)[known] <= _SLACK).all())


def _whole(cents: Mapping[int, Floats]) -> int | None:
    """The one column that is the sum of two others; None where none or several are."""
    sums = set()
    filled = [p for p, values in cents.items() if np.nansum(np.abs(values)) > 0]
    for left, right in combinations(filled, 2):
        total = cents[left] + cents[right]
        rest = (p for p in filled if p not in (left, right))
        sums |= {p for p in rest if _agree(total, cents[p])}
    return sums.pop() if len(sums) == 1 else None


def _may_be_moved(amount: FieldColumn | None, whole: int, cents: Mapping[int, Floats]) -> bool:
    """Whether the amount is not yet the sum, nor another column that says the same."""
    if amount is None:
        return True
    if amount.position == whole or amount.position not in cents:
        return False
    return not _agree(cents[amount.position], cents[whole])


def _balance(
    sheet: Sheet, field_columns: dict[str, FieldColumn], cents: Mapping[int, Floats]
) -> dict[str, FieldColumn]:
    """What is open is at most the amount, and less of it where something was paid."""
    amount, balance = field_columns.get("amount"), field_columns.get("balance")
    if amount is None or balance is None or not {amount.position, balance.position} <= set(cents):
        return field_columns
    billed, left = cents[amount.position], cents[balance.position]
    if _within(billed, left).all() and not _within(left, billed).all():
        return field_columns | {"amount": balance, "balance": amount}
    if _agree(billed, left) and _is_paid(sheet, field_columns, cents):
        del field_columns["balance"]
    return field_columns


def _within(part: Floats, whole: Floats) -> Flags:
    known = ~np.isnan(part) & ~np.isnan(whole)
    return np.asarray(np.abs(part)[known] <= np.abs(whole)[known] + _SLACK)


def _is_paid(
    sheet: Sheet, field_columns: Mapping[str, FieldColumn], cents: Mapping[int, Floats]
) -> bool:
    """Whether the file says of some rows that they were paid."""
    paid = field_columns.get("paid_amount")
    if paid is not None and paid.position in cents and np.nansum(cents[paid.position]) > 0:
        return True
    day = field_columns.get("paid_on")
    if day is None:
        return False
    text = sheet.text(day.position)
    return bool(pc.any(pc.match_substring_regex(text, "[1-9]")).as_py())


def _unnamed_balance(
    sheet: Sheet, field_columns: dict[str, FieldColumn], cents: Mapping[int, Floats]
) -> dict[str, FieldColumn]:
    """A column that no header names: all, nothing or a part of each amount is what is open of it.

    What was paid looks the same; it is what older invoices have more of.
    """
    if (
        "amount" not in field_columns
        or "balance" in field_columns
        or field_columns["amount"].position not in cents
    ):
        return field_columns
    amount = field_columns["amount"]
    taken = {each.position for each in field_columns.values()}
    weak = {"net", "tax", "local", "discount", "paid", "unit"}
    left = [p for p in cents if p not in taken and not header_topics(sheet.header[p]) & weak]
    wholes = [p for p in left if _is_part(cents[amount.position], cents[p])]
    if len(wholes) == 1 and not (cents[amount.position] == 0).any():
        why = "another column is the same or less, row by row"
        return field_columns | {"amount": FieldColumn(wholes[0], 0.7, why), "balance": amount}
    places = [p for p in left if _is_part(cents[p], cents[amount.position])]
    if len(places) != 1:
        return field_columns
    why = "it is the amount or less of it, row by row"
    values = cents[places[0]]
    name = _open_or_paid(sheet, field_columns, values)
    return field_columns | {name: FieldColumn(places[0], 0.65, why)} if name else field_columns


def _is_part(part: Floats, whole: Floats) -> bool:
    """Whether one column is all, nothing or a part of the other, mostly all or nothing."""
    known = ~np.isnan(part) & ~np.isnan(whole)
    same = np.abs(part - whole)[known] <= _SLACK
    extreme = same | (part[known] == 0)
    enough = len(same) >= _FEWEST and same.mean() >= 0.1 and not same.all()
    return bool(enough and extreme.mean() >= 0.5 and _within(part, whole).all())


def _open_or_paid(sheet: Sheet, field_columns: Mapping[str, FieldColumn], values: Floats) -> str:
    """'balance' or 'paid_amount' by whose invoices are the older; '' where it cannot be told."""
    if not (values == 0).any():
        return "balance"
    if "issued_on" not in field_columns:
        return ""
    issued = days(sheet.text(field_columns["issued_on"].position)[:N_LOOKED_AT]).values
    gap = issued[values != 0].mean() - issued[values == 0].mean()
    return "" if abs(gap) < _CLEARLY else "balance" if gap > 0 else "paid_amount"


def _unnamed_paid(
    field_columns: dict[str, FieldColumn], cents: Mapping[int, Floats]
) -> dict[str, FieldColumn]:
    """A column that no header names is what was paid, where with what is open it is the amount."""
    needed = {
        field_columns[name].position for name in ("amount", "balance") if name in field_columns
    }
    if "paid_amount" in field_columns or len(needed) < 2 or not needed <= set(cents):
        return field_columns
    paid = cents[field_columns["amount"].position] - cents[field_columns["balance"].position]
    taken = {each.position for each in field_columns.values()}
    places = [p for p, values in cents.items() if p not in taken and _agree(values, paid)]
    if len(places) != 1 or not np.nansum(np.abs(paid)):
        return field_columns
    why = "with what is open it makes the amount, row by row"
    return field_columns | {"paid_amount": FieldColumn(places[0], 0.7, why)}

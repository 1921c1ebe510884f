"""Stated totals: a file's own total lines beside the sums of its rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Flags
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.importing.reading.documents import LEFT_OUT
from payrisk.ledger.importing.reading.sheet import Sheet
from payrisk.money import decimal_text


def sums_before(frame: pd.DataFrame, rows: Flags) -> np.ndarray:
    """(n + 1,) Python integers: what these rows before each place come to."""
    amounts = np.zeros(len(frame) + 1, dtype=object)
    amounts[1:][rows] = frame["amount"][rows].to_numpy(dtype=object)
    return np.cumsum(amounts)


def stated_total(
    frame: pd.DataFrame, rows: Flags, places: np.ndarray
) -> tuple[int | None, list[tuple[int, int]]]:
    """The place of the whole file's total, and each total that differs with what it should be."""
    sums, whole, since = sums_before(frame, rows), None, 0
    wrong: list[tuple[int, int]] = []
    for place in places.tolist():
        amount = int(frame["amount"].iloc[place])
        above, block = sums[place], sums[place] - sums[since]
        # The whole or the part since the last total, whichever it comes nearer to.
        sums_all = abs(amount - above) <= abs(amount - block) or not rows[since:place].any()
        should = above if sums_all else block
        if not rows[:place].any():
            whole, should = place, sums[-1]
        elif sums_all and not rows[place:].any():
            whole = place
        if amount != should:
            wrong.append((place, int(should)))
        since = place
    return whole, wrong


def balances_differ(
    frame: pd.DataFrame, rows: Flags, is_total: Flags, sheet: Sheet
) -> list[Problem]:
    """Doubts of total lines with another balance than their rows, credits counted either way."""
    if "balance" not in frame:
        return []
    balance = frame["balance"].astype("Int64")
    is_read = balance.notna().to_numpy(dtype=bool)
    places = np.flatnonzero(is_total & is_read)
    below = (frame["amount"].astype("Int64") < 0).fillna(value=False)
    if "document" in frame:
        below |= ~frame["document"].isin(("invoice", *LEFT_OUT))
    amounts = balance, balance.abs().mask(below, -balance.abs())
    as_written, by_kind = (frame.assign(amount=each.where(is_read, 0)) for each in amounts)
    as_written["amount"] = as_written["amount"].mask(pd.Series(is_total), balance)
    by_kind["amount"] = by_kind["amount"].mask(pd.Series(is_total), balance)
    _, wrong = stated_total(as_written, rows & is_read, places)
    _, other = stated_total(by_kind, rows & is_read, places)
    both = {place for place, _ in wrong} & {place for place, _ in other}
    return [
        total_differs(as_written, sheet, place, should, "balance")
        for place, should in wrong
        if place in both
    ]


def total_differs(
    frame: pd.DataFrame, sheet: Sheet, place: int, should: int, column: str = "amount"
) -> Problem:
    """The doubt that a total line says something else than the minor units it should."""
    currency, says = str(frame["currency"].iloc[place]), int(frame["amount"].iloc[place])
    said, came, gap = (
        decimal_text(v, currency, grouped=True) for v in (says, should, says - should)
    )
    message = (
        f"the file's own total is {said} {currency}, its rows come to {came}, which is {gap} off:"
        " look for rows that were lost or set aside"
    )
    return Problem(
        "total_differs",
        message,
        "doubted",
        sheet.name,
        int(sheet.rows[place]),
        column,
        amount=abs(says - should),
        currency=currency,
    )

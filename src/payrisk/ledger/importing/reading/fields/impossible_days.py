"""Impossible days: facts of a far future or past, which are slips of the year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from payrisk.arrays import Days, Flags
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.importing.reading.cells import ParsedColumn
from payrisk.ledger.importing.reading.quarantine import problem_of_rows
from payrisk.ledger.importing.reading.sheet import Sheet

YEARS_BACK, DAYS_AHEAD, YEARS_OF_TERMS = 30, 366, 10
"""How far before an import a fact may lie, how far after it, and how far a due day from issue."""

EXPECTED_AHEAD = 31
"""Days after the import from which a payment that is told as a fact is doubted."""

_FACTS = {
    "invoices": ("issued_on", "paid_on", "paid_recorded_on", "recorded_on"),
    "credits": ("happened_on", "value_on", "recorded_on", "allocated_on"),
    "allocations": ("happened_on", "recorded_on"),
    "events": ("happened_on", "recorded_on"),
}
_RECEIPTS = {"invoices": "paid_on", "credits": "happened_on"}
_PLANS = {"invoices": ("due_on", "issued_on"), "events": ("refers_on", "happened_on")}


def with_possible_days(
    parsed: Mapping[str, ParsedColumn], table: str, sheet: Sheet, imported_on: int
) -> tuple[dict[str, ParsedColumn], list[Problem]]:
    """The columns with days that cannot be as bad cells, and doubts of receipts to come.

    A row with such a day is set aside with its money: whichever day was meant, it is not this one,
    and a fact recorded in 2062 would end the ledger for all that happens before.
    """
    out, problems = dict(parsed), []
    earliest = imported_on - int(YEARS_BACK * 365.25)
    for name in _FACTS.get(table, ()):
        if name in out:
            day = np.asarray(out[name].values, dtype=np.int64)
            odd = _filled(out[name]) & ((day > imported_on + DAYS_AHEAD) | (day < earliest))
            why = f"more than {YEARS_BACK} years before this import, or more than one after it"
            out[name] = _with_bad(out[name], odd, why)
    plan, begin = _PLANS.get(table, ("", ""))
    if plan in out and begin in out:
        both = _filled(out[plan]) & _filled(out[begin])
        apart = _days(out[plan]) - _days(out[begin])
        odd = both & (np.abs(apart) > int(YEARS_OF_TERMS * 365.25))
        out[plan] = _with_bad(out[plan], odd, f"more than {YEARS_OF_TERMS} years from {begin}")
    receipt = _RECEIPTS.get(table, "")
    if receipt in out:
        ahead = _filled(out[receipt]) & (_days(out[receipt]) > imported_on + EXPECTED_AHEAD)
        message = (
            f"{receipt} more than {EXPECTED_AHEAD} days after this import, though nothing has"
            " happened yet; put the day right, or import it when it has"
        )
        problems = problem_of_rows("to_come", message, sheet, ahead, receipt, action="doubted")
    return out, problems


def _days(column: ParsedColumn) -> Days:
    return np.asarray(column.values, dtype=np.int64)


def _filled(column: ParsedColumn) -> Flags:
    return np.asarray(~column.bad & ~column.empty)


def _with_bad(column: ParsedColumn, odd: Flags, why: str) -> ParsedColumn:
    if not odd.any():
        return column
    return replace(column, bad=column.bad | odd, why=column.why if column.bad.any() else why)

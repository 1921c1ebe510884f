"""Rows set aside, and why: cells that cannot be understood, keys that occur twice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from payrisk.arrays import Flags, Ints
from payrisk.calendar import NEVER
from payrisk.ledger.facts.problems import Action, Problem
from payrisk.ledger.facts.tables import TABLES, Column
from payrisk.ledger.importing.reading.cells import ParsedColumn, Text
from payrisk.ledger.importing.reading.documents import LEFT_OUT
from payrisk.ledger.importing.reading.preset import fields_of
from payrisk.ledger.importing.reading.sheet import Sheet

_SHOWN = 40  # characters of a cell that a message repeats
_CODES = {
    "day": "bad_date",
    "cents": "bad_amount",
    "rate": "bad_number",
    "count": "bad_number",
    "flag": "bad_flag",
    "text": "bad_value",
}


def problem_of_rows(
    code: str,
    message: str,
    sheet: Sheet,
    hit: Flags,
    column: str,
    *,
    action: Action = "noted",
) -> list[Problem]:
    """One problem for all the rows that share it, none when there are none."""
    n = int(hit.sum())
    if not n:
        return []
    row = int(sheet.rows[np.argmax(hit)])
    return [Problem(code, message, action, sheet.name, row, column, n)]


def currency_field_of(amount: str) -> str:
    """The field that says in which currency another one is."""
    return "credit_currency" if amount == "credit_amount" else "currency"


def faulty_rows(
    parsed: Mapping[str, ParsedColumn],
    texts: Mapping[str, Text],
    sheet: Sheet,
    table: str,
    among: Flags,
) -> tuple[Flags, list[Problem]]:
    """Rows to set aside, each with its first faulty column as the reason.

    among: (n,) the rows that are documents at all.
    """
    bad = np.zeros(len(sheet.rows), dtype=bool)
    numbered: list[tuple[int, Problem]] = []
    columns = [column for name, column in fields_of(table).items() if name in parsed]
    for column in sorted(columns, key=_by_cause):
        name, p = column.name, parsed[column.name]
        empty = p.empty & (column.required and column.default is None)
        if name.endswith("currency"):
            empty |= p.empty & _needed_where(name, parsed, table)
        fresh = (p.bad | empty) & ~bad & among
        for place in np.flatnonzero(fresh).tolist():
            cell = texts[name][place].as_py()
            what = next((doubt.of_cell for doubt in p.doubts if doubt.hit[place]), p.why)
            code, why = _CODES[column.kind], f"{name} '{_short(cell)}' is {what}"
            if cell is None:
                code, why = "missing_value", f"{name} is empty"
            if cell is None and name.endswith("currency") and table != "invoices":
                why = f"{name} of the amount is unknown, like what the row refers to"
            row = int(sheet.rows[place])
            numbered.append((row, Problem(code, why, "quarantined", sheet.name, row, name)))
        bad |= fresh
    numbered.sort(key=lambda pair: pair[0])
    return bad, [problem for _, problem in numbered]


def _by_cause(column: Column) -> int:
    """The currency first: where it is the fault, its amounts could not be read either.

    Then the invoice: where it may be either of two, neither its customer can be told.
    """
    return 0 if column.name.endswith("currency") else 1 if column.name == "invoice_id" else 2


def _needed_where(currency: str, parsed: Mapping[str, ParsedColumn], table: str) -> Flags | bool:
    """Where an amount stands that needs this currency."""
    kinds = fields_of(table)
    is_needed: Flags | bool = False
    for name, p in parsed.items():
        if kinds[name].kind == "cents" and currency_field_of(name) == currency:
            is_needed = is_needed | ~p.empty
    return is_needed


def _short(cell: str | None) -> str:
    return "" if cell is None else cell[:_SHOWN] + ("…" if len(cell) > _SHOWN else "")


_ADVICE = {
    False: "import a correction as a later file; of an invoice with several due days give each row"
    " its number under instalment, of one with several lines give the total in one row",
    True: "if they are two payments or credit notes, give each a number of its own",
}


def _part_payments(frame: pd.DataFrame) -> Flags:
    """(n,) rows that date a payment of at most half of their invoice, which may come twice."""
    if not {"paid_on", "paid_amount"} <= {*frame.columns}:
        return np.zeros(len(frame), dtype=bool)
    paid: Ints = frame["paid_amount"].astype("Int64").fillna(0).to_numpy(dtype=np.int64)
    amount: Ints = frame["amount"].astype("Int64").fillna(0).to_numpy(dtype=np.int64)
    is_dated: Flags = (frame["paid_on"] != NEVER).to_numpy(dtype=bool)
    return is_dated & (paid > 0) & (2 * paid <= amount)


_LINE_AMOUNT = r"\d[.,]\d{1,2}\D*$"


def _doubted_lines(subset: pd.DataFrame, places: Ints, sheet: Sheet) -> list[Problem]:
    """A doubt of twins by what is read whose lines differ, but tell no amounts of their own.

    subset, places: the rows that come again, and where they stand. Where a column holds an amount
    a line, the amount that comes again is the whole invoice's; else it may be the line's.
    """
    group = subset.groupby([*subset.columns], dropna=False, sort=False).ngroup().to_numpy()
    apart = []
    for position, header in enumerate(sheet.header):
        cells = sheet.text(position).take(pa.array(places)).fill_null("").to_pandas()
        codes = pd.factorize(cells)[0]
        if len(np.unique(group * (codes.max() + 1) + codes)) > len(np.unique(group)):
            if cells.str.contains(_LINE_AMOUNT).any():
                return []
            apart.append(header)
    if not apart:
        return []
    message = (
        f"rows that come again with the same amount and differ in {', '.join(apart[:3])}: they"
        " count once; where each is a line of its own, export the invoice's total"
    )
    hit = np.zeros(len(sheet.rows), dtype=bool)
    hit[places[subset.duplicated().to_numpy()]] = True
    return problem_of_rows("lines_or_twins", message, sheet, hit, "amount", action="doubted")


def repeated_keys(
    frame: pd.DataFrame, among: Flags, sheet: Sheet, table: str
) -> tuple[Flags, Flags, list[Problem]]:
    """Rows whose key an earlier row has: exact twins are left out, other readings set aside.

    The first row wins, because nothing in a file says that a later row corrects an earlier one.
    """
    none = np.zeros(len(frame), dtype=bool)
    key = [c for c in TABLES[table].key if c in frame]
    if table == "invoices":  # a credit note may bear the number of its invoice
        is_credit = frame["amount"].fillna(0) < 0
        if "document" in frame:
            is_credit |= ~frame["document"].isin(("invoice", *LEFT_OUT))
        frame = frame.assign(_is_credit=is_credit)
        key = [*key, "_is_credit"]
    subset = frame.loc[among]
    subset = subset[subset.duplicated(key, keep=False)]
    if not len(subset):
        return none, none, []
    twin, later = subset.duplicated().to_numpy(), subset.duplicated(key).to_numpy()
    twins, conflicts, places = none.copy(), none.copy(), subset.index.to_numpy()
    twins[places[twin]], conflicts[places[later & ~twin]] = True, True
    parts = twins & _part_payments(frame)
    problems = _doubted_lines(subset, places, sheet) if table == "invoices" and twin.any() else []
    problems += problem_of_rows(
        "exact_twin", "exact twins of an earlier row, left out", sheet, twins & ~parts, key[0]
    )
    twice = (
        "exact twins of an earlier row that pays a part of the invoice, left out: where they are"
        " two payments, give them as credits with numbers of their own"
    )
    problems += problem_of_rows("twin_payment", twice, sheet, parts, key[0], action="doubted")
    problems += [
        Problem(
            "conflict",
            f"{frame.loc[i, key[0]]} has an earlier row with other values, which is kept;"
            f" {_ADVICE[bool(frame.loc[i].get('_is_credit', False))]}",
            "quarantined",
            sheet.name,
            int(sheet.rows[i]),
            key[0],
        )
        for i in np.flatnonzero(conflicts).tolist()
    ]
    return twins, conflicts, problems

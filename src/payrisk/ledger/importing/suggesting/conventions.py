"""How a file writes its days and numbers, told by all its columns together, or asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags
from payrisk.calendar import NEVER
from payrisk.ledger.importing.reading import cells
from payrisk.ledger.importing.reading.cells import NumberGrammar, Text
from payrisk.ledger.importing.suggesting.suggestion import Question

_ORDERS = {"dmy": "d/m/y", "mdy": "m/d/y", "ymd": "y/m/d"}
_FEW_TERMS = 12
"""Distinct numbers of days from issue to due that payment terms make, at most."""

ORDER = Question(
    "dates",
    "Which comes first in a date such as 05/01/2026, the day or the month?",
    ("d/m/y", "m/d/y"),
)


def date_formats(
    columns: Sequence[Text], pairs: Sequence[tuple[Text, Text]]
) -> tuple[tuple[str, ...], list[Question]]:
    """The formats to say for a file's days; a question where day and month stay open.

    pairs: columns of which the second follows the first by payment terms.
    """
    read = [cells.days(column) for column in columns]
    opened = [r for r in read if any(d.code == "date_order" for d in r.doubts)]
    serial = any(d.code == "date_serial" for r in read for d in r.doubts)
    orders = {r.order for r in read if r.order}
    extra = ("excel",) if serial else ()
    if len(orders) > 1:
        text = (
            "The columns of days are written in several orders; say for each column which,"
            ' as in issued_on = { column = "...", dates = ["d/m/y"] }.'
        )
        return (), [Question("dates", text, tuple(_ORDERS[o] for o in sorted(orders)))]
    if orders:
        return (_ORDERS[orders.pop()], "iso", *extra), []
    if not opened:
        return (("iso", *extra) if serial else ()), []
    fitting = _orders_by_terms(pairs)
    if len(fitting) == 1:
        return (_ORDERS[fitting[0]], "iso", *extra), []
    return (), [ORDER]


def _orders_by_terms(pairs: Sequence[tuple[Text, Text]]) -> list[str]:
    """The orders by which every due day follows its issue by one of a few terms."""
    counts: dict[str, int] = {}
    for issued_text, due_text in pairs:
        for order in ("dmy", "mdy"):
            issued = cells.days(issued_text, (_ORDERS[order], "iso"))
            due = cells.days(due_text, (_ORDERS[order], "iso"))
            known = ~issued.bad & ~due.bad & (issued.values != NEVER) & (due.values != NEVER)
            gaps = (due.values - issued.values)[known]
            whole = (~issued.bad & ~due.bad).all()
            if whole and known.sum() >= 5 and (gaps >= 0).all() and (gaps <= 366).all():
                counts[order] = len(np.unique(gaps))
    if len(counts) == 2:
        few, many = sorted(counts, key=lambda order: counts[order])
        return [few] if 2 * counts[few] <= counts[many] <= 10**6 else []
    return [order for order, n in counts.items() if n <= _FEW_TERMS]


def decimal_sign(
    columns: Sequence[tuple[Text, Flags]], codes: Text | str
) -> tuple[str, list[Question]]:
    """The decimal sign of a file's amounts, '' where no cell needs one; or a question.

    columns: texts, and where the container itself holds numbers. codes: the currency of each row.
    """
    bad = {".": 0, ",": 0}
    different = False
    for text, typed in columns:
        people = pc.if_else(pa.array(typed), pa.scalar(None, pa.string()), text)
        decimals = _decimals(codes, len(people))
        by = {
            sign: cells.minor_units(people, decimals, grammar=NumberGrammar(sign)) for sign in bad
        }
        for sign, read in by.items():
            bad[sign] += int((read.bad & ~read.empty).sum())
        differs = (by["."].values != by[","].values) & ~by["."].bad & ~by[","].bad
        different = different or bool(differs.any())
    if bad["."] == bad[","]:
        if not different:
            return "", []
        text = "Is 1.000 in this file a thousand or one?"
        return "", [Question("decimal", text, ('decimal = ","', 'decimal = "."'))]
    sign = min(bad, key=lambda each: bad[each])
    return sign, []


def _decimals(codes: Text | str, n: int) -> np.ndarray:
    if isinstance(codes, str):
        places = cells.exponent(codes) if codes else 2
        return np.full(n, 2 if places is None else places, dtype=np.int64)
    exponents, bad = cells.exponents(pc.utf8_upper(codes))
    return np.where(bad, 2, exponents).astype(np.int64)

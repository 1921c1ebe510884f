"""Dates as days since 1970, a whole column at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow.compute as pc

from payrisk.calendar import NEVER
from payrisk.ledger.importing.reading.cells.date_order import column_order
from payrisk.ledger.importing.reading.cells.date_spelling import (
    EARLIEST,
    LATEST,
    AmbiguousDate,
    SerialDate,
    read_date,
)
from payrisk.ledger.importing.reading.cells.instants import local_days
from payrisk.ledger.importing.reading.cells.text import (
    Doubt,
    ParsedColumn,
    Text,
    empty_cells,
    plain_characters,
)

DATE_FORMATS: dict[str, str] = {
    "iso": "",
    "yyyymmdd": "",
    "y/m/d": "ymd",
    "m/d/y": "mdy",
    "d/m/y": "dmy",
    "excel": "serial",
}
"""Formats a mapping may name, and what is open in a date that each of them says."""


def days(
    text: Text, formats: Sequence[str] = (), *, zone: str = "", file_order: str = ""
) -> ParsedColumn:
    """Days since 1970; a time of day is cut off, one with an offset is read in the zone.

    formats: what the mapping says may stand in the column, () = anything. They end what a cell
    leaves open (05/01/2026, 45747); spellings with one reading are read whatever they say. Day and
    month stand in the one order that fits all cells; where two fit, the cells are set aside, or
    read in `file_order`, that of the file's other dates, and doubted. An
    empty cell, or one of the dates by which ERP systems say "none", is NEVER. Other days outside
    1950-2149 are not understood.
    """
    shown, doubts = local_days(plain_characters(text), zone)
    coded = pc.dictionary_encode(shown)
    read = [read_date(value) for value in coded.dictionary.to_pylist()]
    # One more slot than there are texts: where an empty cell's code points.
    codes = np.asarray(pc.fill_null(coded.indices, len(read))).astype(np.int64)
    cells = np.bincount(codes, minlength=len(read))
    table = np.array([d if isinstance(d, int) else NEVER for d in read] + [NEVER], dtype=np.int64)
    unread = np.array([not isinstance(d, int) for d in read] + [False], dtype=bool)
    allowed = [DATE_FORMATS[name] for name in formats]
    orders = set()
    for group in _groups(read):
        places = list(group)
        dates = list(group.values())
        order, why = column_order(dates, cells[places], allowed)
        is_lent = not order and all(
            file_order in date.days and "ymd" not in date.days for date in dates
        )
        order = file_order if is_lent else order
        orders.add(order if not is_lent and order != "ymd" else "")
        meant = [date.days.get(order) for date in dates]
        lost = np.zeros(len(unread), dtype=bool)
        lost[places] = unread[places] = [day is None for day in meant]
        table[places] = [NEVER if day is None else day for day in meant]
        if is_lent:
            lost[places] = True
            why = f"{why}; read as the other dates of the file"
        if lost.any():
            doubts.append(Doubt("date_order", why, lost[codes], is_read=is_lent))
    serial = {place: d.day for place, d in enumerate(read) if isinstance(d, SerialDate)}
    if "serial" in allowed or (not allowed and len(serial) == sum(d != NEVER for d in read)):
        table[list(serial)], unread[list(serial)] = list(serial.values()), False
    elif serial:
        is_serial = np.isin(codes, list(serial))
        why = (
            'has bare numbers among its dates; if they are Excel\'s, say dates = ["iso", "excel"]'
        )
        doubts.append(Doubt("date_serial", why, is_serial))
    bad = unread[codes]
    for doubt in doubts:
        bad = bad | (doubt.hit & (not doubt.is_read))
    words = f"{' or '.join(formats)}, " if formats else ""
    why = f"not a date ({words}{EARLIEST.year}-{LATEST.year})"
    is_empty = empty_cells(text) | ((table[codes] == NEVER) & ~bad)
    return ParsedColumn(
        table[codes],
        is_empty,
        bad,
        why,
        doubts=tuple(doubts),
        order=orders.pop() if len(orders) == 1 else "",
    )


def _groups(read: Sequence[object]) -> list[dict[int, AmbiguousDate]]:
    """Open dates by their place, apart by separator and digits of the year.

    A dot stands in no American date, and a year of two digits may come first.
    """
    groups: dict[tuple[str, bool], dict[int, AmbiguousDate]] = {}
    for place, date in enumerate(read):
        if isinstance(date, AmbiguousDate):
            groups.setdefault((date.separator, date.is_short), {})[place] = date
    return list(groups.values())

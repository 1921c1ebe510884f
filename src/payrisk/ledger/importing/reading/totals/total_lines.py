"""Lines that are no documents: headings, and a file's own totals, compared with what was read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags
from payrisk.calendar import NEVER
from payrisk.ledger.facts.problems import Action, Problem
from payrisk.ledger.importing.reading.cells import Text, empty_cells, flags_of
from payrisk.ledger.importing.reading.sheet import Sheet
from payrisk.ledger.importing.reading.totals.stated_totals import (
    balances_differ,
    stated_total,
    sums_before,
    total_differs,
)

_WORDS = (
    r"(?i)^[\s*]*(?:(?:grand|sub|sous|overall|over all|report)[\s-]*)?"
    r"(?:totals?|totali?|totales|totaux|totale|totaal|totalt|totalsumme|totalbelopp|subtotaal|"
    r"summe|summa|sum|suma|somma|somme|gesamt|gesamtsumme|gesamtbetrag|gesamttotal|"
    r"endsumme|endbetrag|zwischensumme|razem|ogółem|łącznie|i alt|eindtotaal|"
    r"yhteensä|celkem|összesen|toplam|σύνολο|γενικό σύνολο|итого|всего)"
)
WORD = r"^\s*\*+\s*$|" + _WORDS + r"(?:[\s:.\-–—*=(].*)?$"
"""How a cell of a total line begins, in the languages that ledgers come in; whole words only, or
the asterisks by which SAP marks its sums."""
ONLY_WORD = r"^\s*\*+\s*$|" + _WORDS + r"(?:\s+(?:général|generale|general|geral))?[\s:.*=]*$"
"""The word alone: what tells a total line that bears a day from a customer's name."""

_IDS = {
    "invoices": ("invoice_id", "customer_id"),
    "credits": ("credit_id", "invoice_id", "customer_id"),
}
_DAYS = {"invoices": "issued_on", "credits": "happened_on"}
_FEWEST = 2  # rows whose sum may be a total line without a word
_ALIKE = 5  # rows whose sum is no coincidence even where the last row has an id and a day


@dataclass(frozen=True)
class FileTotal:
    """What the rows of a file come to in a currency, beside what the file itself says.

    read_amount: the signed sum of all rows whose amount could be read. stated_amount: of the
    file's own total line in row `row`; None where it has none.
    """

    file: str
    table: str
    currency: str
    n_rows: int
    read_amount: int
    stated_amount: int | None = None
    row: int | None = None

    @property
    def difference(self) -> int | None:
        """What the file states beyond what was read; None where it states nothing."""
        return None if self.stated_amount is None else self.stated_amount - self.read_amount


def is_total_line(filled: Mapping[str, Text], sheet: Sheet, table: str) -> Flags:
    """(n,) rows that are the file's own totals: the word for it, and no ids and no day.

    The word may stand in any cell, those of the ids included. Where all other rows have a number,
    a row without one whose customer is the bare word is a total whatever its day.
    """
    n = len(sheet.rows)
    none = np.zeros(n, dtype=bool)
    ids = {name: filled[name] for name in _IDS.get(table, ()) if name in filled}
    if not ids or not n:
        return none
    day = filled.get(_DAYS[table])
    undated = ~none
    if day is not None:  # the word may stand in the place of the day
        undated = empty_cells(day) | flags_of(pc.match_substring_regex(day, WORD))
    worded, bare, nameless = none.copy(), none.copy(), ~none
    for text in ids.values():
        in_id = flags_of(pc.match_substring_regex(text, WORD))
        worded |= in_id
        nameless &= in_id | empty_cells(text)
        if in_id.any():
            bare |= flags_of(pc.match_substring_regex(text, ONLY_WORD))
    out = nameless & undated & worded
    number = ids.get(_IDS[table][0])
    if number is not None and not (empty_cells(number) & ~nameless).any():
        out |= nameless & bare
    _mark_worded(out, nameless & undated & ~worded, sheet, WORD)
    if number is not None:  # a subtotal may stand beside the customer whose rows it sums
        _mark_worded(out, empty_cells(number) & undated & ~nameless, sheet, ONLY_WORD)
    return out


def unnamed_rows(filled: Mapping[str, Text], sheet: Sheet, table: str) -> Flags:
    """(n,) rows without a number, a customer and a day, which may be totals without the word."""
    names = (*_IDS.get(table, ()), _DAYS.get(table, ""))
    if not all(name in filled for name in names):
        return np.zeros(len(sheet.rows), dtype=bool)
    return np.asarray(np.logical_and.reduce([empty_cells(filled[name]) for name in names]))


def heading_rows(
    filled: Mapping[str, Text], constants: Collection[str], sheet: Sheet
) -> tuple[Flags, list[Problem]]:
    """(n,) rows in which no column of the mapping is filled: titles of groups, say.

    constants: the fields that no column of the row fills by itself. More headings than other rows
    are doubted: then it may be the mapping that misses the columns.
    """
    columns = [text for name, text in filled.items() if name not in constants]
    out = np.ones(len(sheet.rows), dtype=bool)
    for text in columns:
        if not out.any():
            return out, []
        out &= empty_cells(text)
    n = int(out.sum())
    if not columns or not n:
        return np.zeros(len(out), dtype=bool), []
    message = "headings, left out: no column of the mapping is filled there"
    action: Action = "doubted" if 2 * n > len(out) else "noted"
    return out, [
        Problem("heading", message, action, sheet.name, int(sheet.rows[np.argmax(out)]), n=n)
    ]


def _mark_worded(out: Flags, among: Flags, sheet: Sheet, pattern: str) -> None:
    """Mark which of these rows bear the word for a total in any cell."""
    places = np.flatnonzero(among)
    if not len(places):
        return
    for position in range(len(sheet.header)):
        cells = sheet.text(position).take(pa.array(places))
        out[places] |= flags_of(pc.match_substring_regex(cells, pattern))


def with_currency(filled: Mapping[str, Text], is_total: Flags) -> dict[str, Text]:
    """The texts with the file's one currency on total lines that name none.

    is_total: (n,) rows that are totals, or that may be as nothing else is said of them.
    """
    texts = dict(filled)
    if "currency" in texts and is_total.any():
        codes = pc.drop_null(pc.unique(texts["currency"].filter(pa.array(~is_total))))
        if len(codes) == 1:
            without = pc.and_(pa.array(is_total), pc.is_null(texts["currency"]))
            texts["currency"] = pc.if_else(without, codes[0], texts["currency"])
    return texts


def summing_rows(frame: pd.DataFrame, readable: Flags, table: str, is_total: Flags) -> Flags:
    """(n,) rows without day and customer, or number, whose amount is the sum of those above.

    frame: typed rows. readable: where amount and currency are understood. A row that has a
    customer must be the sum of the rows of this one that stand right above.
    """
    out = np.zeros(len(frame), dtype=bool)
    if table not in _IDS:
        return out
    number = frame[_IDS[table][0]].isna().to_numpy() if _IDS[table][0] in frame else ~out
    customers = frame["customer_id"].to_numpy(dtype=object)
    nameless = frame["customer_id"].isna().to_numpy()
    blank = (frame[_DAYS[table]] == NEVER).to_numpy() & (nameless | number) & readable & ~is_total
    for code in frame["currency"][blank].unique():
        here = (frame["currency"] == code).to_numpy(dtype=bool)
        rows = here & readable & ~is_total & ~blank
        above, n_above = sums_before(frame, rows), np.cumsum(rows)
        places = np.flatnonzero(here & blank)
        amounts = frame["amount"].iloc[places].to_numpy(dtype=object)
        fits = (above[places] == amounts) & (n_above[places] >= _FEWEST)
        # Where every such row is a sum of all above or of those since the one before, all are.
        before = np.concatenate([[0], places[:-1]])
        in_block = (above[places] - above[before] == amounts) & (n_above[places] > n_above[before])
        if nameless[places].all() and fits.any() and (fits | in_block).all():
            fits |= in_block
        out[places] = fits & nameless[places]
        for place in places[~nameless[places]].tolist():
            begin = _begin_of_block(customers, place, blank | is_total)
            total = above[place] - above[begin]
            out[place] = rows[begin:place].any() and total == frame["amount"].iloc[place]
    return out


def _begin_of_block(customers: np.ndarray, place: int, ends: Flags) -> int:
    """The first of the rows right above that are of the same customer, up to another total."""
    begin = place
    while begin and not ends[begin - 1] and customers[begin - 1] == customers[place]:
        begin -= 1
    return begin


def cents_by_currency(currency: pd.Series, cents: pd.Series) -> dict[str, int]:
    """Exact sums of minor units by currency; Python integers, which no file can overflow."""
    amounts = cents.to_numpy(dtype=np.int64)
    codes, names = pd.factorize(currency.to_numpy(dtype=object), sort=True)
    # Summed in two halves of 32 bits: 2**31 rows fit before either could overflow.
    sums = np.zeros((2, len(names) + 1), dtype=np.int64)  # the last of those without a currency
    for half, cells in zip(sums, (amounts >> 32, amounts & (2**32 - 1)), strict=True):
        np.add.at(half, codes, cells)
    high, low = sums.tolist()
    return {str(code): (high[place] << 32) + low[place] for place, code in enumerate(names)}


def compare_totals(
    frame: pd.DataFrame, readable: Flags, is_total: Flags, sheet: Sheet, table: str
) -> tuple[tuple[FileTotal, ...], list[Problem]]:
    """What the rows come to beside the file's own totals, by currency; differences are doubted.

    A total line fits when it is the sum of the rows above it, or of those since the total line
    before; one that stands above all rows is compared with all of them.
    """
    if table not in _IDS:
        return (), []
    rows = readable & ~is_total
    read = cents_by_currency(frame["currency"][rows], frame["amount"][rows])
    n_rows = frame["currency"][~is_total].value_counts()
    problems: list[Problem] = []
    stated: dict[str, tuple[int, int]] = {}
    if is_total.any():
        n, first = int(is_total.sum()), int(sheet.rows[np.argmax(is_total)])
        message = "the file's own total, compared with its rows and not read as one of them"
        problems.append(Problem("total_line", message, "noted", sheet.name, first, "amount", n))
        for code in frame["currency"][is_total & readable].unique():
            here = (frame["currency"] == code).to_numpy(dtype=bool)
            places = np.flatnonzero(here & is_total & readable)
            whole, wrong = stated_total(frame, here & rows, places)
            problems += [total_differs(frame, sheet, *each) for each in wrong]
            problems += balances_differ(frame, here & rows, here & is_total, sheet)
            if whole is not None:
                stated[str(code)] = int(frame["amount"].iloc[whole]), int(sheet.rows[whole])
    sums = tuple(
        FileTotal(sheet.name, table, code, int(n_rows.get(code, 0)), read.get(code, 0))
        if code not in stated
        else FileTotal(
            sheet.name, table, code, int(n_rows.get(code, 0)), read.get(code, 0), *stated[code]
        )
        for code in sorted({*read, *stated})
    )
    return sums, [*problems, *_like_a_total(frame, rows, sheet)]


def _like_a_total(frame: pd.DataFrame, rows: Flags, sheet: Sheet) -> list[Problem]:
    """A last row that is a document by its id and day, and by its amount the sum of all above."""
    places = np.flatnonzero(rows)
    if len(places) <= _ALIKE or places[-1] != len(frame) - 1:
        return []
    last, currency = places[-1], frame["currency"].iloc[places[-1]]
    above = rows & (frame["currency"] == currency).to_numpy(dtype=bool)
    above[last] = False
    amount = int(frame["amount"].iloc[last])
    if above.sum() < _ALIKE or not amount or sums_before(frame, above)[-1] != amount:
        return []
    message = "the last row is the sum of all above it: if it is their total, leave it out"
    row = int(sheet.rows[last])
    return [
        Problem(
            "looks_like_a_total",
            message,
            "doubted",
            sheet.name,
            row,
            "amount",
            amount=amount,
            currency=str(currency),
        )
    ]

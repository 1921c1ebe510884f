"""Columns that tell what a row is: their words read as kinds, also where no mapping names them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags
from payrisk.ledger.facts.kinds import CREDIT_KINDS
from payrisk.ledger.importing.reading.cells import Text, flags
from payrisk.ledger.importing.reading.documents import LEFT_OUT
from payrisk.ledger.importing.reading.fields.columns import used_columns
from payrisk.ledger.importing.reading.fields.kind_words import (
    canonical_kinds,
    going_back,
    left_out_by_status,
    of_unknown_kind,
    of_unknown_state,
    paid_by_status,
)
from payrisk.ledger.importing.reading.headers.synonyms import header_words
from payrisk.ledger.importing.reading.headers.telling import (
    PAID_FLAGS,
    STATES,
    TYPES,
    VOID_FLAGS,
)
from payrisk.ledger.importing.reading.preset import FieldSource, Preset, Section
from payrisk.ledger.importing.reading.sheet import Sheet, header_key

CLOSINGS = (*CREDIT_KINDS, "handed_over", "sold", "open")
"""What may have ended the invoice of a wide row on its `paid_on`."""

DOCUMENTS = ("invoice", *CREDIT_KINDS, *LEFT_OUT)
"""What a row of a document list may be."""

CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("credits", "kind"): CREDIT_KINDS,
    ("invoices", "closing"): CLOSINGS,
    ("invoices", "document"): DOCUMENTS,
}
"""The kinds that a field may say, by table and field."""


@dataclass(frozen=True)
class KindWords:
    """What the columns of a file say its rows are.

    texts: the fields with words for kinds as kinds. headers: of the further columns that told
    them. says_paid, denies_paid: (n,) where such a column says that the document is paid, or not.
    unknown: by header the (n,) rows of which such a column says what is not known. goes_back: (n,)
    where a row says of money that it went back to the customer.
    """

    texts: dict[str, Text]
    headers: tuple[str, ...]
    says_paid: Flags
    denies_paid: Flags
    goes_back: Flags
    unknown: dict[str, Flags] = field(default_factory=dict)


def with_kind_words(
    filled: Mapping[str, Text],
    sheet: Sheet,
    section: Section,
    picked: Mapping[str, FieldSource],
    preset: Preset,
) -> KindWords:
    """The texts of a file with words for kinds as kinds, and what further columns tell.

    Where the mapping leaves headers to be known by their words, a column of types of which most
    are known, and a column of states of which most are (void, draft, open, paid, …), tell what a
    row is; so does one of yes and no under a word for paid or void.
    """
    table, out = section.table, dict(filled)
    says_paid, denies_paid, goes_back = np.zeros((3, len(sheet.rows)), dtype=bool)
    for (of_table, name), choices in CHOICES.items():
        if of_table == table and name in out:
            if name != "closing":
                goes_back |= going_back(filled[name])
            out[name] = canonical_kinds(out[name], table, name, choices)
    if table != "invoices" or not preset.synonyms:
        return KindWords(out, (), says_paid, denies_paid, goes_back)
    used = {header_key(name) for name in used_columns(section, picked)}
    headers: list[str] = []
    unknown: dict[str, Flags] = {}
    if "document" not in out:
        for header, kinds, odd in _types(sheet, used, preset):
            out["document"] = kinds
            unknown[header] = odd
            goes_back |= going_back(sheet.text(sheet.header.index(header), preset.empty))
            headers.append(header)
    is_told = any(name in out for name in ("paid_on", "paid_amount", "balance", "closing"))
    further = {*used, *map(header_key, headers)}
    for header, text, odd in _states(sheet, further, preset, is_payment_told=is_told):
        left_out = left_out_by_status(text)
        out["document"] = pc.coalesce(left_out, out.get("document", left_out))
        says_paid |= paid_by_status(text)
        unknown[header] = odd
        headers.append(header)
    used |= set(map(header_key, headers))
    for header, marks in _marks(sheet, PAID_FLAGS, used, preset):
        says_paid |= marks
        denies_paid |= ~marks
        headers.append(header)
    for header, marks in _marks(sheet, VOID_FLAGS, used, preset):
        void = pc.if_else(pa.array(marks), "void", pa.scalar(None, pa.string()))
        out["document"] = pc.coalesce(void, out.get("document", void))
        headers.append(header)
    return KindWords(out, tuple(headers), says_paid, denies_paid, goes_back, unknown)


def _types(sheet: Sheet, used: Collection[str], preset: Preset) -> list[tuple[str, Text, Flags]]:
    """The column of the best known types, as kinds, and (n,) the unknown; [] where none is."""
    read = []
    for header, text in _columns(sheet, TYPES, used, preset):
        kinds, unknown = of_unknown_kind(text)
        if unknown is not None:
            read.append((header, kinds, unknown))
    return sorted(read, key=lambda column: int(column[2].sum()))[:1]


def _states(
    sheet: Sheet, used: Collection[str], preset: Preset, *, is_payment_told: bool
) -> Iterator[tuple[str, Text, Flags]]:
    """The first column of states of which most are known, and (n,) where one is unknown."""
    for header, text in _columns(sheet, STATES, used, preset):
        unknown = of_unknown_state(text, is_payment_told=is_payment_told)
        if unknown is not None:
            yield header, text, unknown
            return


def _marks(
    sheet: Sheet, words: Collection[str], used: Collection[str], preset: Preset
) -> list[tuple[str, Flags]]:
    """The columns of yes and no under one of these words, as (n,) bool."""
    out = []
    for header, text in _columns(sheet, words, used, preset):
        marks = flags(text)
        # Noughts and ones alone may be money.
        is_word = pc.any(pc.invert(pc.match_substring_regex(text, "^[01]$"))).as_py()
        if is_word and not marks.bad.any():
            out.append((header, np.asarray(marks.values, dtype=bool)))
    return out


def _columns(
    sheet: Sheet, words: Collection[str], used: Collection[str], preset: Preset
) -> list[tuple[str, Text]]:
    """The headers, and their cells, that are among these words and that nothing else reads."""
    return [
        (header, sheet.text(position, preset.empty))
        for position, header in enumerate(sheet.header)
        if header_words(header) in words
        and header_key(header) not in used
        and sheet.find(header) == position
    ]

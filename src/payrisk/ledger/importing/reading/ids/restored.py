"""Id columns of a file put right where a spreadsheet took them for numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.importing.identity.spellings import date_keys
from payrisk.ledger.importing.identity.spreadsheet_ids import ODD, restored_ids
from payrisk.ledger.importing.reading.cells import Text, flags_of
from payrisk.ledger.importing.reading.ids.lookups import Lookups
from payrisk.ledger.importing.reading.quarantine import problem_of_rows
from payrisk.ledger.importing.reading.sheet import Sheet

_ID_FIELDS = {
    "invoice_id": "invoice_id",
    "number": "invoice_id",
    "credit_id": "credit_id",
    "customer_id": "customer_id",
    "alias_id": "customer_id",
    "customer_parent_id": "customer_id",
    "parent_id": "customer_id",
    "entity_id": "entity_id",
}
"""Which known ids a field's texts may stand for."""

NO_ID = (
    "-",
    "--",
    "?",
    "n/a",
    "#n/a",
    "na",
    "nan",
    "null",
    "none",
    "nil",
    "#ref!",
    "#value!",
    "#name?",
)
"""How exports write that there is no id."""
_NO_ID = pa.array(NO_ID)

RUINED = (
    "what a spreadsheet makes of a number (shortened, read as a date, or without the zeros by"
    " which two known ids differ): export the column as text"
)
_LOST_SIGN = r"\x{FFFD}|\S\?|\?\S"
_SHOWN = 3  # ids that a message names
_DOCUMENTS = ("invoice_id", "credit_id")


def restore_id_columns(
    texts: Mapping[str, Text], sheet: Sheet, lookups: Lookups, *, is_settled: bool
) -> tuple[dict[str, Text], dict[str, Flags], list[Problem]]:
    """The texts with their ids put right, the cells that cannot be, and what was done.

    is_settled: whether the mapping says that ids were altered; then nothing is in doubt. A number
    that only looks like a known one is taken for it where the row's customer is the same.
    """
    out, lost, problems = dict(texts), {}, []
    # customers first: whether a number is of the same customer hangs on them
    for field in sorted(texts.keys() & _ID_FIELDS.keys(), key=lambda f: "customer" not in f):
        kind, text = _ID_FIELDS[field], texts[field]
        is_blank = pc.is_in(pc.utf8_lower(text), value_set=_NO_ID)
        text = out[field] = pc.if_else(is_blank, pa.scalar(None, pa.string()), text)
        known = lookups.known_ids(kind)
        odd = pc.match_substring_regex(text, ODD)
        if len(known):
            odd = pc.invert(pc.is_in(text, value_set=known))
        problems += _lost_signs(field, text, known, sheet)
        unknown = pc.unique(text.filter(pc.fill_null(odd, False))).drop_null()
        if not len(unknown):
            continue
        ids = restored_ids(unknown.to_pylist(), known)
        alike = ids.alike
        if kind in _DOCUMENTS and alike:
            alike = _of_same_customer(text, alike, kind, out.get("customer_id"), lookups)
        meant = ids.meant | alike
        for meaning, is_sure in ((ids.sure, True), (meant, is_settled)):
            if meaning:
                old, new = pa.array(list(meaning)), pa.array(list(meaning.values()))
                place = pc.index_in(text, value_set=old)
                out[field] = pc.coalesce(new.take(place), out[field])
                hit = flags_of(pc.is_valid(place))
                problems.append(_problem(field, sheet, hit, meaning, is_sure=is_sure))
        undone = ids.dates | {t for t in ids.alike.keys() - alike.keys() if date_keys(t)}
        n_ids = len(pc.unique(text))
        if kind not in _DOCUMENTS or len(undone) > _HABIT * n_ids:
            undone = frozenset()
        ruined = pa.array(sorted(ids.lost | ids.ambiguous | undone), pa.string())
        lost[field] = flags_of(pc.is_in(text, value_set=ruined))
    return out, lost, problems


def _lost_signs(field: str, text: Text, ids_of_books: Text, sheet: Sheet) -> list[Problem]:
    """The doubt of unknown ids with the sign that stands where another could not be written."""
    if not any(pc.any(pc.match_substring(text, sign)).as_py() for sign in ("?", "\ufffd")):
        return []
    hit = flags_of(pc.match_substring_regex(text, _LOST_SIGN))
    hit &= ~flags_of(pc.is_in(text, value_set=ids_of_books))
    message = "ids in which ? stands for a sign that was lost: export the file as UTF-8"
    return problem_of_rows("lost_sign", message, sheet, hit, field, action="doubted")


_HABIT = 0.5
"""The share of a column's ids from which dates are how its documents are numbered."""


def _of_same_customer(
    text: Text, alike: Mapping[str, str], kind: str, customers: Text | None, lookups: Lookups
) -> dict[str, str]:
    """Of the ids that look like known ones, those that no row gives to another customer."""
    if customers is None:
        return dict(alike)
    old, new = pa.array(list(alike)), pa.array(list(alike.values()))
    place = pc.index_in(text, value_set=old)
    known = lookups.values_of(kind, "customer_id", new.take(place))
    is_other = pc.fill_null(pc.not_equal(known, customers), False)
    others = set(pc.unique(text.filter(is_other)).to_pylist())
    return {written: meaning for written, meaning in alike.items() if written not in others}


def _problem(
    field: str, sheet: Sheet, hit: Flags, meant: Mapping[str, str], *, is_sure: bool
) -> Problem:
    named = [f"{old} for {new}" for old, new in list(meant.items())[:_SHOWN]]
    more = " …" if len(meant) > _SHOWN else ""
    message = (
        f"written in another way than the ledger's ids, read as these: {', '.join(named)}{more}"
    )
    if not is_sure:
        message += (
            '; say ids = "restore" in the mapping if that is right, ids = "as written" if not'
        )
    return Problem(
        "ruined_id",
        message,
        "repaired" if is_sure else "doubted",
        sheet.name,
        int(sheet.rows[np.argmax(hit)]),
        field,
        int(hit.sum()),
    )

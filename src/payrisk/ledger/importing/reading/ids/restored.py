"""Id columns of a file put right where a spreadsheet took them for numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.importing.identity.spreadsheet_ids import restored_ids
from payrisk.ledger.importing.reading.cells import Text, flags_of
from payrisk.ledger.importing.reading.ids.lookups import Lookups
from payrisk.ledger.importing.reading.sheet import Sheet

_ID_FIELDS = {
    "invoice_id": "invoice_id",
    "number": "invoice_id",
    "credit_id": "credit_id",
    "customer_id": "customer_id",
    "alias_id": "customer_id",
    "customer_parent_id": "customer_id",
    "parent_id": "customer_id",
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

RUINED = (
    "as a spreadsheet shortens a number (or two known ids differ by its zeros alone): export the"
    " column as text"
)
_SHOWN = 3  # ids that a message names


def restore_id_columns(
    texts: Mapping[str, Text], sheet: Sheet, lookups: Lookups, *, is_settled: bool
) -> tuple[dict[str, Text], dict[str, Flags], list[Problem]]:
    """The texts with their ids put right, the cells that cannot be, and what was done.

    is_settled: whether the mapping says that zeros were lost; then nothing is in doubt.
    """
    out, lost, problems = dict(texts), {}, []
    for field in texts.keys() & _ID_FIELDS.keys():
        text = texts[field]
        is_blank = pc.is_in(pc.utf8_lower(text), value_set=pa.array(NO_ID))
        text = out[field] = pc.if_else(is_blank, pa.scalar(None, pa.string()), text)
        known = lookups.known_ids(_ID_FIELDS[field])
        odd = pc.or_(pc.starts_with(text, "="), pc.match_substring_regex(text, r"^\d.*[eE]\+\d+$"))
        if len(known):
            odd = pc.or_(odd, pc.invert(pc.is_in(text, value_set=known)))
        unknown = pc.unique(text.filter(pc.fill_null(odd, False)))
        if not len(unknown):
            continue
        ids = restored_ids(unknown.to_pylist(), known.to_pylist())
        if ids.meant:
            old, new = pa.array(list(ids.meant)), pa.array(list(ids.meant.values()))
            place = pc.index_in(text, value_set=old)
            out[field] = pc.coalesce(new.take(place), text)
            problems.append(
                _problem(
                    field, sheet, flags_of(pc.is_valid(place)), ids.meant, is_settled=is_settled
                )
            )
        ruined = pa.array(sorted(ids.lost | ids.ambiguous), pa.string())
        lost[field] = flags_of(pc.is_in(text, value_set=ruined))
    return out, lost, problems


def _problem(
    field: str, sheet: Sheet, hit: Flags, meant: Mapping[str, str], *, is_settled: bool
) -> Problem:
    zeros = {old: new for old, new in meant.items() if not old.startswith("=")}
    named = [f"{old} for {new}" for old, new in list((zeros or meant).items())[:_SHOWN]]
    more = " …" if len(meant) > _SHOWN else ""
    message = f"read with the zeros that the ledger's ids have: {', '.join(named)}{more}"
    if not zeros:
        message = f"written as formulas, read as texts: {', '.join(named)}{more}"
    elif not is_settled:
        message += (
            '; say ids = "restore" in the mapping if that is right, ids = "as written" if not'
        )
    return Problem(
        "ruined_id",
        message,
        "repaired" if is_settled or not zeros else "doubted",
        sheet.name,
        int(sheet.rows[np.argmax(hit)]),
        field,
        int(hit.sum()),
    )

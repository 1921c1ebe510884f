"""Ids that a spreadsheet ruined: lost zeros put back by what the ledger knows, the rest named."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_DIGITS = re.compile(r"\d+", re.ASCII)
_AS_FORMULA = re.compile(r'="?([^"]*)"?')
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class RestoredIds:
    """Ids by how they were written: put right, and those that cannot be (lost digits, several)."""

    meant: dict[str, str]
    lost: frozenset[str]
    ambiguous: frozenset[str]


def restored_ids(written: Iterable[str], ledger_ids: Iterable[str]) -> RestoredIds:
    """Ids as the ledger has them, from those of a column that a spreadsheet took for numbers.

    written: distinct ids that the ledger does not know as they stand. One of digits that equals
    one known id but for leading zeros is that one. Where zeros were lost so and all known ids of
    digits have one length, further ids are filled up to it.

    >>> sorted(restored_ids(["7", "12"], ["0007", "0008"]).meant.items())
    [('12', '0012'), ('7', '0007')]
    """
    plain = {text: _unwrapped(text) for text in written}
    bare: dict[str, set[str]] = {}
    for known_id in ledger_ids:
        if _DIGITS.fullmatch(known_id):
            bare.setdefault(known_id.lstrip("0"), set()).add(known_id)
    alike = {t: bare.get(p.lstrip("0"), set()) for t, p in plain.items() if _DIGITS.fullmatch(p)}
    meant = {t: p for t, p in plain.items() if p != t}
    meant |= {t: next(iter(ids)) for t, ids in alike.items() if len(ids) == 1}
    lengths = {len(known_id) for ids in bare.values() for known_id in ids}
    has_lost_zeros = any(
        len(plain[t]) < len(meant[t]) for t, ids in alike.items() if len(ids) == 1
    )
    if has_lost_zeros and len(lengths) == 1:
        width = lengths.pop()
        meant |= {t: plain[t].zfill(width) for t, ids in alike.items() if not ids}
    return RestoredIds(
        {text: known_id for text, known_id in meant.items() if known_id != text},
        frozenset(text for text, p in plain.items() if _SHORTENED.fullmatch(p)),
        frozenset(t for t, ids in alike.items() if len(ids) > 1 and plain[t] not in ids),
    )


def _unwrapped(text: str) -> str:
    """The text of a cell that was written as a formula, so that a spreadsheet keeps its zeros."""
    formula = _AS_FORMULA.fullmatch(text) if text.startswith("=") else None
    return formula[1] if formula else text

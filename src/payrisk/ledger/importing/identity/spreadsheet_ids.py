"""Ids that a spreadsheet or another export altered: put right by the ledger, the rest named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.ledger.importing.identity.spellings import (
    Text,
    alike_keys,
    date_keys,
    exact_keys,
    without_text_marks,
)

ODD = (
    r"^(?:[='\x{2018}\x{2019}`].*|\d.*[eE]\+\d+|\d{4}-\d{1,2}-\d{1,2}(?:[ T]00:00(?::00)?)?"
    r"|\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{1,2}\.?[ /-]*\pL{3,9}\.?(?:[ /-]*\d{2,4})?"
    r"|\pL{3,9}\.?[ /-]*\d{1,4})$"
)
"""What an id altered by a spreadsheet may look like, among ids that no ledger knows."""

_DIGITS = r"^\d+$"
_SHORTENED = r"^\d(?:[.,]\d+)?[eE]\+\d+$"


@dataclass(frozen=True)
class RestoredIds:
    """Ids by how they were written: put right, and those that cannot be.

    sure: the same but for what nobody types or sees. meant: with other zeros. alike: with other
    signs, case, zeros within, or a date made of them; they are meant where nothing else speaks
    against it. lost: digits that are gone. dates: dates that no known id explains. ambiguous:
    may be several known ones.
    """

    sure: dict[str, str]
    meant: dict[str, str]
    alike: dict[str, str]
    lost: frozenset[str]
    dates: frozenset[str]
    ambiguous: frozenset[str]


def restored_ids(written: Iterable[str], ledger_ids: Iterable[str]) -> RestoredIds:
    """Ids as the ledger has them, from those of a column that was altered on its way.

    written: distinct ids that the ledger does not know as they stand. One of digits that equals
    one known id but for leading zeros is that one. Where zeros were lost so and all known ids of
    digits have one length, further ids are filled up to it.

    >>> sorted(restored_ids(["7", "12"], ["0007", "0008"]).meant.items())
    [('12', '0012'), ('7', '0007')]
    >>> restored_ids(["inv 7", "8.0", "03. Okt"], ["INV-7", "8", "3-10"]).alike
    {'inv 7': 'INV-7', '03. Okt': '3-10'}
    """
    texts = pa.array(sorted(set(written)), pa.string())
    known = pc.unique(pa.array(ledger_ids, pa.string()))
    plain = without_text_marks(texts)
    sure = dict(_pairs(texts, exact_keys(texts), _unique(exact_keys(known), known)))
    is_other = pc.and_(pc.not_equal(plain, texts), _is_none_of(texts, sure))
    bare_of = dict(zip(texts.to_pylist(), plain.to_pylist(), strict=True))
    unwrapped_ids = {text: bare_of[text] for text in texts.filter(is_other).to_pylist()}
    meant, ambiguous = _by_zeros(texts, plain, known)
    taken = {*sure, *meant, *ambiguous}
    left = texts.filter(_is_none_of(texts, taken))
    by_key = _unique(alike_keys(known), known)
    alike = dict(_pairs(left, alike_keys(left), by_key))
    dated, several, dates = _from_dates([t for t in left.to_pylist() if t not in alike], by_key)
    shortened = texts.filter(pc.match_substring_regex(plain, _SHORTENED)).to_pylist()
    return RestoredIds(
        {t: meaning for t, meaning in unwrapped_ids.items() if t not in {*meant, *alike}} | sure,
        {t: meaning for t, meaning in meant.items() if t not in sure},
        alike | dated,
        frozenset(shortened),
        frozenset(dates),
        frozenset((ambiguous | several) - sure.keys()),
    )


def _is_none_of(texts: Text, ids: Iterable[str]) -> Text:
    return pc.invert(pc.is_in(texts, value_set=pa.array(sorted(ids), pa.string())))


def _unique(keys: Text, ids: Text) -> pd.Series:
    """The id of each key that is the key of one id only."""
    by_key = pd.Series(ids.to_pylist(), index=pd.Index(keys.to_pylist(), dtype=object))
    return by_key[~by_key.index.duplicated(keep=False) & (by_key.index != "")]


def _pairs(texts: Text, keys: Text, by_key: pd.Series) -> Iterable[tuple[str, str]]:
    place = by_key.index.get_indexer(pd.Index(keys.to_pylist(), dtype=object))
    for text, row in zip(texts.to_pylist(), place, strict=True):
        if row >= 0 and by_key.iloc[row] != text:
            yield text, by_key.iloc[row]


def _by_zeros(texts: Text, plain: Text, known_ids: Text) -> tuple[dict[str, str], set[str]]:
    """Ids of digits that are known with other leading zeros, and those that may be several."""
    digits = known_ids.filter(pc.match_substring_regex(known_ids, _DIGITS))
    bare: dict[str, list[str]] = {}
    is_digits = pc.match_substring_regex(plain, _DIGITS)
    candidates = plain.filter(is_digits)
    keys = pc.utf8_ltrim(digits, "0")
    near = pc.is_in(keys, value_set=pc.utf8_ltrim(candidates, "0"))
    for key, known_id in zip(
        keys.filter(near).to_pylist(), digits.filter(near).to_pylist(), strict=True
    ):
        bare.setdefault(key, []).append(known_id)
    written = zip(texts.filter(is_digits).to_pylist(), candidates.to_pylist(), strict=True)
    alike = {t: (p, bare.get(p.lstrip("0"), [])) for t, p in written}
    meant = {t: ids[0] for t, (p, ids) in alike.items() if len(ids) == 1}
    has_lost_zeros = any(len(alike[t][0]) < len(known_id) for t, known_id in meant.items())
    lengths = pc.unique(pc.utf8_length(digits)).to_pylist()
    if has_lost_zeros and len(lengths) == 1:
        meant |= {t: p.zfill(lengths[0]) for t, (p, ids) in alike.items() if not ids}
    ambiguous = {t for t, (p, ids) in alike.items() if len(ids) > 1 and p not in ids}
    return {t: known_id for t, known_id in meant.items() if known_id != t}, ambiguous


def _from_dates(
    texts: Iterable[str], by_key: pd.Series
) -> tuple[dict[str, str], set[str], set[str]]:
    """Ids that read as dates: the known one each was made of; those of several, those of none."""
    meant: dict[str, str] = {}
    several, dates = set(), set()
    for text in texts:
        keys = [key for key in date_keys(text) if key]
        if not keys:
            continue
        known = {by_key[key] for key in keys if key in by_key.index}
        if len(known) == 1:
            meant[text] = known.pop()
        elif known:
            several.add(text)
        else:
            dates.add(text)
    return meant, several, dates

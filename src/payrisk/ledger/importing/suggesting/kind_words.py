"""Which kinds of documents, and which sides, the cells of a column say."""

from __future__ import annotations

from collections.abc import Sequence

from payrisk.ledger.importing.reading.fields.kind_words import SUGGESTED, normalised_word
from payrisk.ledger.importing.reading.headers.bare_words import fold_text

_DEBITS = {"d", "dr", "s", "debit", "soll", "debe", "dare", "wn", "debet", "debito", "+"}
_CREDITS = {"c", "cr", "h", "credit", "haben", "haber", "avere", "ma", "kredit", "credito", "-"}


def kinds_of(cells: Sequence[str]) -> dict[str, str]:
    """{cell: kind of document} of the cells that are known; {} where few of them are."""
    meant = {
        cell: SUGGESTED[normalised_word(cell)]
        for cell in cells
        if normalised_word(cell) in SUGGESTED
    }
    return meant if 2 * len(meant) > len(cells) else {}


def credit_marks(cells: Sequence[str]) -> tuple[str, ...]:
    """The cells that mean the credit side, where every cell means one of the two sides."""
    sides = {cell: fold_text(cell).strip(" .") for cell in cells}
    if not sides or not all(side in _DEBITS | _CREDITS for side in sides.values()):
        return ()
    return tuple(cell for cell, side in sides.items() if side in _CREDITS)

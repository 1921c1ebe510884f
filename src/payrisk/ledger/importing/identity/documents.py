"""Document: an invoice or credit by what is written on it, and which of several a row tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ANY_ENTITY = "main"
"""The entity of a list that names none; it may be any."""

MOVED_DAYS = 45
"""Days by which the day of a document may be put right across the end of a year."""


@dataclass(frozen=True)
class Document:
    """An invoice or credit as seller, customer, year, day and amounts (minor units) tell it.

    A seller gives a number once a year in each series; `document_id` is '' while it has none.
    """

    document_id: str
    entity_id: str
    series: str
    customer_id: str
    year: str
    day: int
    amounts: frozenset[int]

    def may_share_seller(self, other: Document) -> bool:
        """Whether one seller may have written both: a list without entities may be of any."""
        is_open = ANY_ENTITY in (self.entity_id, other.entity_id)
        return self.series == other.series and (is_open or self.entity_id == other.entity_id)


class AmbiguousDocument(Exception):
    """A row may mean either of several documents."""


def matching_document(row: Document, documents: Iterable[Document]) -> Document | None:
    """Which of the documents with its number a row tells; None = a document not known before.

    The same customer in the same year is the same document, corrected. Another customer or year
    is a correction where day and amount agree, or the same amount moved by some days over the end
    of a year. Another year is otherwise another document. Raises Ambiguous for another customer in
    the same year, and for the same one where day and amount are both far from what they were.
    """
    near = [d for d in documents if d.may_share_seller(row)]
    same = [d for d in near if (d.customer_id, d.year) == (row.customer_id, row.year)]
    if len(same) > 1:
        same = [d for d in same if d.entity_id == row.entity_id] or same
    if same and all(_is_far(d, row) for d in same):
        raise AmbiguousDocument
    if not same:
        same = [d for d in near if d.day == row.day and d.amounts & row.amounts]
    if not same:
        same = [
            d
            for d in near
            if d.customer_id == row.customer_id
            and d.amounts & row.amounts
            and abs(d.day - row.day) <= MOVED_DAYS
        ]
    if len(same) > 1 or (not same and any(d.year == row.year for d in near)):
        raise AmbiguousDocument
    return same[0] if same else None


def _is_far(document: Document, row: Document) -> bool:
    return abs(document.day - row.day) > MOVED_DAYS and not document.amounts & row.amounts

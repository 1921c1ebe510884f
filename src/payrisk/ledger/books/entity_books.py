"""Entity books: the books of some of our entities, settled by all that is known of all."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from payrisk.arrays import Flags
from payrisk.calendar import NEVER
from payrisk.ledger.books.books import Books
from payrisk.ledger.books.position import Position


class EntityBooks(Books):
    """The books of an evening, of whose invoices and credits only those of some entities count.

    Where an invoice stands is worked out from all facts first, for a credit of one entity may
    have paid an invoice of another; then what is of other entities is left out of every figure.
    Customers keep their names and groups.
    """

    def __init__(self, whole: Books, entities: frozenset[str]) -> None:
        """whole: the books of all entities on the same evening."""
        super().__init__(whole.facts, whole.known_before, whole.close_of)
        self._whole, self._entities = whole, entities

    @cached_property
    def position(self) -> Position:
        """The arrays behind the frames; rows of other entities are neither issued nor booked."""
        p, tables = self._whole.position, self.facts.tables
        ours, booked = (
            tables[name]["entity_id"].isin(self._entities).to_numpy(bool)
            for name in ("invoices", "credits")
        )
        cents = ("applied", "residual", "excess", "disputed", "excused", "recovered")
        of_credits = ("reversed", "unapplied", "stranded", "interest", "credit_used")
        amounts: dict[str, Any] = {
            **{name: np.where(ours, getattr(p, name), 0) for name in cents},
            **{name: np.where(booked, getattr(p, name), 0) for name in of_credits},
        }
        return replace(
            p,
            is_issued=p.is_issued & ours,
            is_credited=p.is_credited & booked,
            settled_on=np.where(ours, p.settled_on, NEVER),
            closed_by=np.where(ours, p.closed_by, 0),
            sold_on=np.where(ours, p.sold_on, NEVER),
            **amounts,
        )

    @property
    def is_booked_anywhere(self) -> Flags:
        """(credits,) which were booked by the evening, whichever entity's they are."""
        return self._whole.is_booked_anywhere

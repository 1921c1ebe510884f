"""Ledger: all facts of receivables. History: those of them that were known one morning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from functools import cached_property

import pandas as pd

from payrisk.calendar import NEVER, day_of, iso
from payrisk.errors import LedgerError
from payrisk.ledger.books.books import Books
from payrisk.ledger.books.defaults import default_spells
from payrisk.ledger.books.entity_books import EntityBooks
from payrisk.ledger.books.version import LedgerVersion
from payrisk.ledger.facts.arrays import LedgerArrays
from payrisk.ledger.facts.checking import check_tables
from payrisk.ledger.facts.corrections import apply_changes
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.facts.rules import DefaultRule, SettleRules
from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.timeline.timeline import Timeline, timeline

Day = int | dt.date


class History(Books):
    """The ledger as known on the morning `as_of`: the only thing a model or a decision may see.

    `ledger` is where it comes from.
    """

    def __init__(self, ledger: Ledger, version: LedgerVersion, as_of: int) -> None:
        """Use `Ledger.as_of`."""
        super().__init__(version, as_of, as_of - 1)
        self.ledger = ledger

    @property
    def as_of(self) -> int:
        """The morning; facts recorded on this day are not yet known."""
        return self.known_before

    def settled_invoices(self) -> pd.DataFrame:
        """The invoices settled by cash, with `days_late` = paid_on − due_on (negative = early)."""
        frame = self._invoices[self._invoices["paid_on"] < NEVER].reset_index(drop=True)
        return frame.assign(days_late=frame["paid_on"] - frame["due_on"])

    def defaults(self, rule: DefaultRule | None = None) -> pd.DataFrame:
        """Every spell of default known: customer_id, default_on, cured_on (NEVER = lasts), cause.

        cause: arrear, loss or insolvency, the one that began the spell.
        """
        names, ids = self.customer_names
        spells = default_spells(
            self._version.arrays,
            self.position,
            names,
            self.as_of,
            self.close_of,
            rule or DefaultRule(),
        )
        spells.insert(0, "customer_id", ids.take(spells.pop("customer").to_numpy()).to_numpy())
        return spells

    def in_default(self, rule: DefaultRule | None = None) -> set[str]:
        """The customers in default this morning."""
        spells = self.defaults(rule)
        return set(spells.loc[spells["cured_on"] == NEVER, "customer_id"])


_TOLD = ("invoices", "credits", "allocations", "events", "attributes", "applications", "aliases")
"""Tables whose facts are told day by day: the last of them is how far the ledger reaches."""


class Ledger:
    """All recorded facts, validated and immutable.

    Build one by `Ledger.from_tables` (checks) or, from tables checked before, directly.
    `tables` has one frame per kind of fact (`facts.TABLES`); days are int64, money int64 cents.
    """

    def __init__(self, tables: Tables, rules: SettleRules | None = None) -> None:
        """Wrap checked tables; raises LedgerError when they hold no invoice."""
        if not len(tables["invoices"]):
            raise LedgerError("The ledger holds no invoice; import a file that has some.")
        self.tables = tables
        self.rules = rules or SettleRules()
        self.derived: dict[Hashable, object] = {}
        """What others worked out from the facts, kept while the ledger lives."""
        self._corrected: tuple[int, LedgerVersion | None] = (0, None)

    @classmethod
    def from_tables(
        cls, tables: Tables, rules: SettleRules | None = None
    ) -> tuple[Ledger, list[Problem]]:
        """A ledger of these facts and the problems met; see `checking.check`."""
        checked, problems = check_tables(tables)
        return cls(checked, rules), problems

    @cached_property
    def first_day(self) -> int:
        """Day the first invoice or credit was recorded."""
        days = [
            self.tables[t]["recorded_on"].min()
            for t in ("invoices", "credits")
            if len(self.tables[t])
        ]
        return int(min(days))

    @cached_property
    def last_day(self) -> int:
        """Day the last fact was recorded."""
        return int(max(self.tables[t]["recorded_on"].max() for t in _TOLD if len(self.tables[t])))

    @property
    def default_as_of(self) -> int:
        """The morning after the last recorded fact."""
        return self.last_day + 1

    @cached_property
    def changes(self) -> pd.DataFrame:
        """The corrections: events of the kind `changed`."""
        events = self.tables["events"]
        return events[events["kind"] == "changed"]

    @cached_property
    def _original(self) -> LedgerVersion:
        return LedgerVersion(self.tables, self.rules)

    def _version(self, known_before: int) -> LedgerVersion:
        """The facts as they read with every correction recorded before `known_before`."""
        changes = self.changes[self.changes["recorded_on"] < known_before]
        if not len(changes):
            return self._original
        n_seen, latest = self._corrected
        if n_seen != len(changes) or latest is None:
            tables = apply_changes(self.tables, changes)
            latest = LedgerVersion(tables, self.rules, self._original)
            self._corrected = (len(changes), latest)
        return latest

    @property
    def arrays(self) -> LedgerArrays:
        """The facts as arrays, as first recorded."""
        return self._original.arrays

    @cached_property
    def timeline(self) -> Timeline:
        """Every invoice as it read on every morning."""
        return timeline(self.tables, self._original.arrays, self.rules)

    def as_of(self, day: Day) -> History:
        """The ledger as known on the morning of `day`: facts recorded on earlier days, no others.

        Raises LedgerError when nothing was recorded before that day.
        """
        day = _day(day)
        if day <= self.first_day:
            raise LedgerError(
                f"Nothing was recorded before {iso(day)}; the ledger's first fact was recorded on"
                f" {iso(self.first_day)}, so ask for a later as_of."
            )
        return History(self, self._version(day), day)

    def balance_at(self, close_of: Day, known_before: Day | None = None) -> Books:
        """What was true at the evening of `close_of`, by what was recorded before `known_before`.

        Default: by all that is recorded. Raises LedgerError when no invoice was issued by then.
        """
        evening = _day(close_of)
        first = int(self.tables["invoices"]["issued_on"].min())
        if evening < first:
            raise LedgerError(
                f"No invoice had been issued by {iso(evening)}; the first is of {iso(first)},"
                " so ask for a later day."
            )
        morning = NEVER if known_before is None else _day(known_before)
        return Books(self._version(morning), morning, evening)


class EntityLedger(Ledger):
    """A ledger seen by whoever may know some of our entities alone.

    Its evenings are `EntityBooks`. It tells no morning of its own: what is learnt and decided
    stands on all that is known.
    """

    def __init__(self, whole: Ledger, entities: frozenset[str]) -> None:
        """whole: the ledger of all entities."""
        super().__init__(whole.tables, whole.rules)
        self.whole, self.entities = whole, entities

    def as_of(self, day: Day) -> History:
        """Refused: raises LedgerError."""
        raise LedgerError(
            f"The books of some entities tell no morning of {iso(_day(day))}; ask for a balance."
        )

    def balance_at(self, close_of: Day, known_before: Day | None = None) -> Books:
        """As `Ledger.balance_at`, of these entities."""
        return self.of_entities(self.whole.balance_at(close_of, known_before))

    def of_entities(self, books: Books) -> Books:
        """Books of all entities, of which only these count from now on."""
        return EntityBooks(books, self.entities)


def _day(day: Day) -> int:
    return day_of(day) if isinstance(day, dt.date) else int(day)

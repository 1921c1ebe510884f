"""Who a customer was on each morning: its present name, its group, its segment, its country."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.calendar import NEVER
from payrisk.features.streams.dated_values import (
    ValueChanges,
    distinct_ranks,
    row_readings,
    value_changes,
)
from payrisk.features.streams.keys import EARLIEST_DAY
from payrisk.features.streams.membership import NONE, Membership
from payrisk.ledger import Ledger
from payrisk.ledger.facts.corrections import resolve_aliases

DEEPEST = 10
"""Doublings by which the head of a group is sought, as `Books` does: a group deeper than 2**10
levels, or a ring, stays where it is."""


class NamedGroups(NamedTuple):
    """Customer → code of its group, and the groups' names in the order of their codes."""

    membership: Membership
    names: pd.Index


class AttributeNumbers(NamedTuple):
    """Customer → place of the value it has, and the values as numbers; NaN = no number."""

    membership: Membership
    values: Floats


class TextChanges(NamedTuple):
    """When a text about a customer changed, and the texts that `changes.place` points to."""

    changes: ValueChanges
    texts: pd.Series


class ParentChanges(NamedTuple):
    """(k,) customers, the day from which each has another parent, and whom: itself if nobody."""

    member: Ints
    since: Ints
    target: Ints


class CustomerGroups:
    """What a ledger's customers, rows of `ledger.tables["customers"]`, belong to on each morning.

    Each is a `Membership`: the name a customer goes by, the head of its group, its segment, its
    country, the value of a dated attribute.
    """

    def __init__(
        self,
        ledger: Ledger,
        groups: dict[str, tuple[str, ...]] | None = None,
        backdated: frozenset[str] = frozenset(),
    ) -> None:
        """Read nothing yet.

        groups: the names of all segments and countries, where the ledger is a part of a larger
        one; by default those it names itself. backdated: attributes whose first value is read as
        if it had been known since ever, see `catalogue.undated`.
        """
        self.ledger = ledger
        self._backdated = backdated
        self._groups = groups or {}
        self.customer_ids = pd.Index(ledger.tables["customers"]["customer_id"])
        self._texts: dict[str, NamedGroups] = {}

    @property
    def n_customers(self) -> int:
        """How many customers the ledger has ever named."""
        return len(self.customer_ids)

    @cached_property
    def names(self) -> Membership:
        """Customer → row of the customer it goes by, mergers and renumberings followed."""
        rows = np.arange(self.n_customers, dtype=np.int64)
        aliases = row_readings(self.ledger, "aliases")
        if not len(aliases):
            return Membership.of_fixed_groups(rows)
        since = np.maximum(aliases["since"], aliases["valid_on"]).to_numpy(dtype=np.int64)
        until = aliases["until"].to_numpy(dtype=np.int64)
        changes: list[tuple[int, int, int]] = [
            (row, EARLIEST_DAY, row) for row in range(self.n_customers)
        ]
        now: dict[int, int] = {}
        for day in np.unique(np.concatenate([since, until[until < NEVER]])):
            final = resolve_aliases(aliases[(since <= day) & (day < until)])
            old = self.customer_ids.get_indexer(pd.Index(list(final), dtype=object))
            new = self.customer_ids.get_indexer(pd.Index(list(final.values()), dtype=object))
            goes_by = {
                int(o): int(n if n >= 0 else o) for o, n in zip(old, new, strict=True) if o >= 0
            }
            for row in now.keys() | goes_by.keys():
                target = goes_by.get(row, row)
                if now.get(row, row) != target:
                    changes.append((row, int(day), target))
            now = goes_by
        member, days, group = (np.array(c, dtype=np.int64) for c in zip(*changes, strict=True))
        return Membership.of(member, days, group, self.n_customers)

    @cached_property
    def parents(self) -> Membership:
        """Customer (under its present name) → row of the head of its group; itself if alone."""
        member, since, target = self._parent_changes()
        rows = np.arange(self.n_customers, dtype=np.int64)
        involved = np.unique(np.concatenate([member, target]))
        pointer = rows.copy()
        head = rows.copy()
        order = np.argsort(since, kind="stable")
        member, since, target = member[order], since[order], target[order]
        out = [(rows, np.full(self.n_customers, EARLIEST_DAY), rows)]
        last = np.append(since[1:] != since[:-1], True)[: len(since)]
        begin = 0
        for end in (np.flatnonzero(last) + 1).tolist():
            pointer[member[begin:end]] = target[begin:end]
            now = pointer
            for _ in range(DEEPEST):
                now = now.copy()
                now[involved] = now[now[involved]]
            moved = involved[now[involved] != head[involved]]
            out.append((moved, np.full(len(moved), since[begin]), now[moved]))
            head, begin = now, end
        whose, days, heads = (np.concatenate(c) for c in zip(*out, strict=True))
        return Membership.of(whose, days, heads, self.n_customers)

    def _parent_changes(self) -> ParentChanges:
        """Changes of whom a customer's row or its attribute names as parent; itself if nobody."""
        rows = row_readings(self.ledger, "customers")
        moves = self._attribute_rows("parent")
        member = np.concatenate(
            [self.customer_ids.get_indexer(f["customer_id"]) for f in (rows, moves)]
        ).astype(np.int64)
        named = pd.concat([rows["parent_id"], moves["value"]], ignore_index=True)
        target = np.asarray(self.customer_ids.get_indexer(named.fillna("")), dtype=np.int64)
        target = np.where(target < 0, member, target)
        since = np.concatenate([rows["since"], moves["since"]]).astype(np.int64)
        until = np.concatenate([rows["until"], moves["until"]]).astype(np.int64)
        of_rows = distinct_ranks(rows["since"].to_numpy(dtype=np.int64))
        rank = np.concatenate([of_rows, len(rows) + _dated_ranks(moves)])  # a move weighs more
        used = np.isin(member, member[target != member])
        changes = value_changes(member[used], since[used], until[used], _dense(rank[used]))
        goes_to = np.where(changes.place < 0, changes.member, target[used][changes.place])
        return ParentChanges(changes.member, changes.since, goes_to)

    def _attribute_rows(self, name: str) -> pd.DataFrame:
        """Readings of one dated attribute, of customers the ledger has, by when they hold."""
        frame = row_readings(self.ledger, "attributes")
        frame = frame[(frame["name"] == name).to_numpy()]
        since = np.maximum(frame["since"], frame["valid_on"])
        frame = frame.assign(
            since=since, member=self.customer_ids.get_indexer(frame["customer_id"])
        )
        if name in self._backdated:
            frame = frame.assign(since=_backdated(frame))
        keep = (
            (frame["since"] < frame["until"]) & (frame["since"] < NEVER) & (frame["member"] >= 0)
        )
        return frame[keep].reset_index(drop=True)

    def _attribute(self, name: str) -> TextChanges:
        """When a customer's value of a dated attribute changed, and to what."""
        rows = self._attribute_rows(name)
        changes = value_changes(
            rows["member"].to_numpy(dtype=np.int64),
            rows["since"].to_numpy(dtype=np.int64),
            rows["until"].to_numpy(dtype=np.int64),
            _dated_ranks(rows),
        )
        return TextChanges(changes, rows["value"])

    @cached_property
    def segments(self) -> NamedGroups:
        """Customer → code of its segment, and the segments' names."""
        return self._named("segment", self._attribute("segment"))

    @cached_property
    def countries(self) -> NamedGroups:
        """Customer → code of its country as its row names it, and the countries' names."""
        return self._named("country", self._column("country"))

    def texts(self, name: str) -> NamedGroups:
        """Customer → code of the text it has of an attribute, or of a column of its row.

        A dated attribute comes before the column of the same name.
        """
        if name not in self._texts:
            has_attribute = (self.ledger.tables["attributes"]["name"] == name).any()
            changed = self._attribute(name) if has_attribute else self._column(name)
            self._texts[name] = self._named(name, changed)
        return self._texts[name]

    def _column(self, column: str) -> TextChanges:
        """When the text of a column of a customer's row changed, and to what."""
        rows = row_readings(self.ledger, "customers")
        since = rows["since"].to_numpy(dtype=np.int64)
        if column in self._backdated:
            first = rows.groupby("customer_id")["since"].transform("min").to_numpy()
            since = np.where(since == first, EARLIEST_DAY, since)
        changes = value_changes(
            self.customer_ids.get_indexer(rows["customer_id"]).astype(np.int64),
            since,
            rows["until"].to_numpy(dtype=np.int64),
            distinct_ranks(rows["since"].to_numpy(dtype=np.int64)),
        )
        return TextChanges(changes, rows[column])

    def _named(self, column: str, changed: TextChanges) -> NamedGroups:
        texts = changed.texts.fillna("")
        names = pd.Index(self._groups.get(column, sorted(set(texts) - {""})), dtype=object)
        return NamedGroups(self._membership(changed, names), names)

    def numbers(self, name: str, read: Callable[[str], float]) -> AttributeNumbers:
        """A dated attribute as numbers; `read` turns each text into one."""
        changed = self._attribute(name)
        texts = pd.Index(sorted(set(changed.texts.fillna(""))))
        numbers = np.array([read(text) for text in texts], dtype=np.float64)
        return AttributeNumbers(self._membership(changed, texts), numbers)

    def _membership(self, changed: TextChanges, names: pd.Index) -> Membership:
        """Customer → place of its text among the names."""
        code = np.append(names.get_indexer(changed.texts.fillna("")), NONE).astype(np.int64)
        changes = changed.changes
        group = code[changes.place]
        return Membership.of(changes.member, changes.since, group, self.n_customers)


def _backdated(rows: pd.DataFrame) -> Ints:
    """`since` of an attribute's readings, where each customer's first value holds since ever.

    Only a value valid from the very day it was recorded: another one says when it began.
    """
    since = rows["since"].to_numpy(dtype=np.int64)
    first = rows.groupby("customer_id")["since"].transform("min").to_numpy(dtype=np.int64)
    is_undated = (rows["valid_on"] == rows["recorded_on"]).to_numpy()
    return np.where(is_undated & (since == first) & (since < NEVER), EARLIEST_DAY, since)


def _dated_ranks(rows: pd.DataFrame) -> Ints:
    text = pd.Index(sorted(set(rows["value"].fillna("")))).get_indexer(rows["value"].fillna(""))
    valid, recorded = (rows[c].to_numpy(dtype=np.int64) for c in ("valid_on", "recorded_on"))
    return distinct_ranks(valid, recorded, np.asarray(text, dtype=np.int64))


def _dense(rank: Ints) -> Ints:
    return distinct_ranks(rank)

"""The facts under one set of corrections, with what every morning looks up in them."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Ints
from payrisk.ledger.facts.arrays import LedgerArrays, resolve_arrays
from payrisk.ledger.facts.corrections import resolve_aliases
from payrisk.ledger.facts.references import places
from payrisk.ledger.facts.rules import SettleRules
from payrisk.ledger.facts.tables import Tables


class LedgerVersion:
    """The tables and arrays under one set of visible corrections."""

    def __init__(
        self, tables: Tables, rules: SettleRules, before: LedgerVersion | None = None
    ) -> None:
        """Resolve references once, from the version `before` where nothing was corrected."""
        self.tables = tables
        self.rules = rules
        earlier = (before.tables, before.arrays) if before else None
        self.arrays: LedgerArrays = resolve_arrays(tables, rules, earlier)
        self._attributes: dict[str, pd.DataFrame] = {}
        # mornings that follow one another see the same rows: what they said is kept
        self._values: dict[str, tuple[bytes, pd.Series]] = {}
        self._names: tuple[bytes, Ints] | None = None

    @cached_property
    def customers(self) -> pd.Index:
        """The customers' ids in table order, ready to look up."""
        return pd.Index(self.tables["customers"]["customer_id"])

    @cached_property
    def sorted_positions(self) -> tuple[Ints, Ints]:
        """(customers,) and (invoices,) where each one's id stands when all are sorted."""
        return places(self.customers.to_series()), places(self.tables["invoices"]["invoice_id"])

    @cached_property
    def heads(self) -> pd.Series:
        """Every id that may head a group: the customers' in table order, then those only named."""
        rows, moves = self.tables["customers"]["parent_id"], self.attribute("parent")["value"]
        named = pd.Index(pd.concat([rows, moves]).dropna().astype(object).unique())
        outside = sorted(set(named) - set(self.customers) - {""})
        ids = self.arrays.customer_ids
        return pd.concat([ids, pd.Series(outside, dtype=ids.dtype)], ignore_index=True)

    @cached_property
    def index_of_heads(self) -> pd.Index:
        """The ids of `heads`, ready to look up."""
        return pd.Index(self.heads)

    @cached_property
    def parents(self) -> Ints:
        """(customers,) place in `heads` of whom each customer's own row names; −1 for none."""
        named = self.tables["customers"]["parent_id"].fillna("")
        return np.asarray(self.index_of_heads.get_indexer(named), dtype=np.int64)

    def attribute(self, name: str) -> pd.DataFrame:
        """The rows of one dated attribute, the one that holds longest last."""
        if name not in self._attributes:
            frame = self.tables["attributes"]
            order = ["valid_on", "recorded_on", "value"]
            self._attributes[name] = frame[frame["name"] == name].sort_values(order, kind="stable")
        return self._attributes[name]

    def values(self, name: str, is_told: Flags) -> pd.Series:
        """What the rows told of one attribute say of each customer, by customer id."""
        told = is_told.tobytes()
        kept = self._values.get(name)
        if kept is None or kept[0] != told:
            last = self.attribute(name)[is_told].drop_duplicates("customer_id", keep="last")
            kept = self._values[name] = (told, last.set_index("customer_id")["value"])
        return kept[1].copy(deep=False)

    def names(self, is_told: Flags) -> Ints:
        """(customers,) row of each customer under the name it goes by, by the aliases told."""
        told = is_told.tobytes()
        if self._names is None or self._names[0] != told:
            self._names = (told, self._renamed(self.tables["aliases"][is_told]))
        return self._names[1]

    def _renamed(self, aliases: pd.DataFrame) -> Ints:
        ids = self.arrays.customer_ids
        final = resolve_aliases(aliases) if len(aliases) else {}
        if not final:
            return np.arange(len(ids))
        now = self.customers.get_indexer(ids.map(lambda name: final.get(name, name)))
        return np.where(now < 0, np.arange(len(ids)), now)

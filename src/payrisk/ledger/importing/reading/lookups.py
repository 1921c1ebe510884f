"""The currency and customer of an invoice, credit or entity, looked up by its id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.ledger.importing.reading.cells import Text


@dataclass
class Lookups:
    """Lookups by id over the facts read so far and those the ledger already has."""

    _maps: dict[tuple[str, str], tuple[Text, Text]] = field(default_factory=dict)

    def add(self, tables: Mapping[str, pd.DataFrame]) -> None:
        """Learn ids; one that is known already keeps what it says."""
        for name, key in (("invoices", "invoice_id"), ("credits", "credit_id")):
            if name in tables:
                self._learn(tables[name], key, "currency")
                self._learn(tables[name], key, "customer_id")
                self._learn(tables[name], "customer_id", "currency")
        if "entities" in tables and "base_currency" in tables["entities"]:
            entities = tables["entities"].dropna(subset="base_currency")
            self._learn(
                entities.rename(columns={"base_currency": "currency"}), "entity_id", "currency"
            )

    def _learn(self, frame: pd.DataFrame, key: str, value: str) -> None:
        # An id with several values (a customer billed in two currencies) does not say which.
        pairs = frame[[key, value]].drop_duplicates().drop_duplicates(key, keep=False)
        names, values = (pa.array(pairs[c].tolist(), pa.string()) for c in (key, value))
        if (key, value) in self._maps:
            old_names, old_values = self._maps[key, value]
            new = pc.invert(pc.is_in(names, value_set=old_names))
            names = pa.concat_arrays([old_names, names.filter(new)])
            values = pa.concat_arrays([old_values, values.filter(new)])
        self._maps[key, value] = names, values

    def values_of(self, key: str, value: str, ids: Text) -> Any:
        """The value of each id; null where the id is unknown."""
        if (key, value) not in self._maps:
            return pa.nulls(len(ids), pa.string())
        names, values = self._maps[key, value]
        return values.take(pc.index_in(ids, value_set=names, skip_nulls=True))

"""What is known of an invoice, credit or entity so far, looked up by its id or number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.ledger.facts.completing import complete
from payrisk.ledger.importing.identity.document_numbers import DocumentRegister
from payrisk.ledger.importing.reading.cells import Text


@dataclass
class Lookups:
    """Lookups by id over the facts read so far and those the ledger already has.

    invoices, credits: which of them a number means.
    """

    invoices: DocumentRegister = field(
        default_factory=lambda: DocumentRegister("invoice_id", "issued_on")
    )
    credits: DocumentRegister = field(
        default_factory=lambda: DocumentRegister("credit_id", "happened_on")
    )
    _maps: dict[tuple[str, str], tuple[Text, Text]] = field(default_factory=dict)
    _ids: dict[str, Text] = field(default_factory=dict)

    def add(self, tables: Mapping[str, pd.DataFrame]) -> None:
        """Learn ids; one that is known already keeps what it says."""
        for name, key in (("invoices", "invoice_id"), ("credits", "credit_id")):
            if name in tables:
                self._learn(tables[name], key, "currency")
                self._learn(tables[name], key, "customer_id")
                self._learn(tables[name], "customer_id", "currency")
        for name, register in (("invoices", self.invoices), ("credits", self.credits)):
            if "aliases" in tables:
                register.add_aliases(complete("aliases", tables["aliases"]))
            if name in tables:
                register.add(tables[name])
        self._know_ids(tables)
        self._forget("invoice_id", self.invoices.shared_numbers())
        self._forget("credit_id", self.credits.shared_numbers())
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

    def known_ids(self, id_field: str) -> Text:
        """The distinct ids of a kind, numbers of invoices included."""
        return self._ids.get(id_field, pa.array([], pa.string()))

    def _know_ids(self, tables: Mapping[str, pd.DataFrame]) -> None:
        for frame in tables.values():
            for id_field in ("invoice_id", "credit_id", "customer_id", "entity_id"):
                if id_field in frame:
                    self._know(id_field, frame[id_field])
        if "invoices" in tables and "number" in tables["invoices"]:
            self._know("invoice_id", tables["invoices"]["number"])

    def _know(self, id_field: str, ids: pd.Series) -> None:
        fresh = pc.unique(pa.array(ids.dropna(), pa.string()))
        both = pa.concat_arrays([self.known_ids(id_field), fresh])
        self._ids[id_field] = pc.unique(both)

    def _forget(self, key: str, shared: set[str]) -> None:
        """A number that several documents bear says nothing of its own."""
        if not shared:
            return
        for pair, (names, values) in self._maps.items():
            if pair[0] == key:
                stays = pc.invert(pc.is_in(names, value_set=pa.array(sorted(shared), pa.string())))
                self._maps[pair] = names.filter(stays), values.filter(stays)

    def values_of(self, key: str, value: str, ids: Text) -> Any:
        """The value of each id; null where the id is unknown."""
        if (key, value) not in self._maps:
            return pa.nulls(len(ids), pa.string())
        names, values = self._maps[key, value]
        return values.take(pc.index_in(ids, value_set=names, skip_nulls=True))

    def customers_of_credits(self, credit_ids: pd.Series) -> pd.Series:
        """The customer of each credit; None where it is unknown."""
        found = self.values_of("credit_id", "customer_id", pa.array(credit_ids, pa.string()))
        return pd.Series(found.to_pandas().to_numpy(dtype=object), index=credit_ids.index)

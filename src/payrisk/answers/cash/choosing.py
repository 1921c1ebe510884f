"""Whose cash is asked for: receipts of a currency, entity, country, customer or parent alone."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from payrisk.answers.cash.receipts import VALUE, Receipts
from payrisk.answers.cash.transit import cash_in_transit_of
from payrisk.answers.cash.treasury import forecast_narrowed_to
from payrisk.arrays import Flags
from payrisk.cash.layers.unbilled import UnbilledCash
from payrisk.cash.views.changed_band import billed_shares_of
from payrisk.errors import InputError
from payrisk.ledger import History


@dataclass(frozen=True)
class CashChoice:
    """Whose cash is wanted; an empty word wants all. parent: a parent and all of its customers."""

    currency: str = ""
    entity: str = ""
    country: str = ""
    customer: str = ""
    parent: str = ""

    @property
    def description(self) -> str:
        """The choice in words; empty where all is wanted.

        >>> CashChoice(currency="EUR", customer="C1").description
        'of currency EUR, customer C1'
        """
        chosen = [(f.name, getattr(self, f.name)) for f in fields(self) if getattr(self, f.name)]
        return "of " + ", ".join(f"{name} {value}" for name, value in chosen) if chosen else ""

    def applied(self, receipts: Receipts) -> Receipts:
        """The receipts that are wanted, every layer of them, with the draws as they are.

        Of what is not yet issued, the share that was lately billed to those wanted, by currency.
        Raises InputError where the ledger knows nobody and nothing of the name.
        """
        if not self.description:
            return receipts
        history = receipts.outlook.history
        invoices = history.invoices()
        self._refuse_unknown(_described(history, invoices))
        cash = forecast_narrowed_to(
            receipts.cash, self.wanted_rows(history, receipts.cash.invoices)
        )
        whose, band = replace(self, currency=""), receipts.band
        if whose.description:
            wanted = whose.wanted_rows(history, invoices)
            band = _share_of(band, billed_shares_of(history, invoices, wanted))
        if self.currency:
            band = _share_of(band, {self.currency: 1.0})
        transit = receipts.transit
        if receipts.basis == VALUE and receipts.entities is None:
            credits = history.known_rows("credits")
            credits = credits[self.wanted_rows(history, credits)]
            transit = cash_in_transit_of(credits, receipts.outlook, receipts.intercompany)
        factor = receipts.factor
        factor = factor.narrowed_to(self.wanted_rows(history, factor.invoices))
        return replace(receipts, cash=cash, band=band, transit=transit, factor=factor)

    def wanted_rows(self, history: History, rows: pd.DataFrame) -> Flags:
        """(n,) which rows of a customer, entity and currency are wanted."""
        return self._is_wanted(_described(history, rows))

    def _is_wanted(self, rows: pd.DataFrame) -> Flags:
        wanted = np.ones(len(rows), dtype=bool)
        columns = {
            "currency": self.currency,
            "entity_id": self.entity,
            "country": self.country,
            "customer_id": self.customer,
        }
        for column, value in columns.items():
            if value:
                wanted &= (rows[column].astype(object) == value).to_numpy()
        if self.parent:
            of_parent = (rows["parent_id"].astype(object) == self.parent) | (
                rows["customer_id"].astype(object) == self.parent
            )
            wanted &= of_parent.to_numpy()
        return wanted

    def _refuse_unknown(self, invoices: pd.DataFrame) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value or field.name == "currency":
                continue  # of a currency that nobody owes in, empty tables tell
            alone = CashChoice(**{field.name: value})
            if not alone._is_wanted(invoices).any():
                raise InputError(
                    f"The ledger knows no invoice of {field.name} '{value}'; check the spelling."
                )

    def refuse_unknown_currency(self, receipts: Receipts) -> None:
        """For a person, who may have misspelt it; raises InputError naming those there are."""
        names = {*receipts.cash.invoices["currency"].astype(str), *receipts.band.currencies}
        names |= set(receipts.outlook.history.invoices()["currency"].astype(str))
        if self.currency and self.currency not in names:
            known = f"use {', '.join(sorted(names))}" if names else "no currency is"
            raise InputError(f"No cash is known in '{self.currency}'; {known}.")


def _described(history: History, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with the country and parent of their customer, where they do not tell them."""
    known = history.customers().drop_duplicates("customer_id", keep="last")
    known = known.set_index("customer_id")
    more = {
        name: rows["customer_id"].map(known[name])
        for name in ("country", "parent_id")
        if name not in rows
    }
    return rows.assign(**more)


def _share_of(band: UnbilledCash, shares: dict[str, float]) -> UnbilledCash:
    kept = [place for place, name in enumerate(band.currencies) if shares.get(name, 0.0) > 0]
    share = np.array([shares[band.currencies[place]] for place in kept])
    return UnbilledCash(
        band.as_of,
        tuple(band.currencies[place] for place in kept),
        band.expected[kept] * share[:, None],
        band.draws[:, kept] * share[:, None],
        band.usual[kept] * share,
    )

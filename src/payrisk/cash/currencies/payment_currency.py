"""In which currency a customer pays invoices of another: shares learned from past receipts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.ledger import History
from payrisk.ledger.facts.kinds import CASH_KINDS

HALF_LIFE_DAYS = 365
"""Age at which a payment counts half."""
WEIGHTS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Payments that everyone's share may count as, against a customer's own."""
LEAST_SHARE = 0.005
"""Shares below are noise: they go to the currency that is likeliest."""


@dataclass(frozen=True)
class PaymentCurrencies:
    """How likely a payment of an invoice comes in each currency, as known on one morning.

    currencies: (c,) those that ever came, in order. everyone: invoice currency → (c,) shares.
    customers: (customer, invoice currency) → (c,) shares, shrunk to everyone's as `weight` says.
    n: invoice currency → payments seen; rates: (invoice currency, payment currency) → what one of
    the first was in the second lately, by the payments themselves.
    """

    currencies: tuple[str, ...]
    everyone: Mapping[str, Floats]
    customers: Mapping[tuple[str, str], Floats]
    weight: float
    n: Mapping[str, int]
    rates: Mapping[tuple[str, str], float]

    def of(self, customer: str, currency: str) -> dict[str, float]:
        """Payment currency → share of a customer's payments; of an unseen currency, itself."""
        shares = self.customers.get((customer, currency), self.everyone.get(currency))
        if shares is None:
            return {currency: 1.0}
        kept = np.where(shares >= LEAST_SHARE, shares, 0.0)
        kept = kept / kept.sum()
        return {name: float(s) for name, s in zip(self.currencies, kept, strict=True) if s > 0}


def payment_currencies(history: History) -> PaymentCurrencies:
    """Learn from what was allocated before the morning; a payment of one day counts once.

    A customer's counts, each halved every HALF_LIFE_DAYS, are shrunk towards everyone's of the
    invoice currency by the one of WEIGHTS under which each payment is likeliest, given the others.
    """
    paid = _payments(history)
    currencies = tuple(sorted(set(paid["payment"]) | set(paid["currency"])))
    place = {name: number for number, name in enumerate(currencies)}
    age = history.as_of - paid["happened_on"].to_numpy(np.float64)
    paid = paid.assign(weight=np.exp2(-age / HALF_LIFE_DAYS), at=paid["payment"].map(place))
    counts: dict[tuple[str, str], Floats] = {}
    everyone: dict[str, Floats] = {}
    for (customer, currency), rows in paid.groupby(["customer_id", "currency"]):
        whole: Floats = np.bincount(rows["at"], rows["weight"], minlength=len(currencies)).astype(
            np.float64
        )
        counts[str(customer), str(currency)] = whole
        known = everyone.setdefault(str(currency), np.zeros(len(currencies)))
        known += whole / whole.sum()  # customers count alike, or one large one would be all
    everyone = {name: shares / shares.sum() for name, shares in everyone.items()}
    weight = _best_weight(counts, everyone)
    customers = {
        key: (own + weight * everyone[key[1]]) / (own.sum() + weight)
        for key, own in counts.items()
    }
    n = {str(name): len(rows) for name, rows in paid.groupby("currency")}
    return PaymentCurrencies(currencies, everyone, customers, weight, n, _rates(paid))


def _payments(history: History) -> pd.DataFrame:
    """customer_id, currency (of the invoice), payment (currency), happened_on, both amounts."""
    links, credits = history.known_rows("allocations"), history.known_rows("credits")
    credits = credits[credits["kind"].isin(CASH_KINDS).to_numpy()]
    paid = credits.set_index("credit_id")[["currency", "happened_on"]]
    invoices = history.invoices().drop_duplicates("invoice_id").set_index("invoice_id")
    links = links[links["credit_id"].isin(paid.index) & links["invoice_id"].isin(invoices.index)]
    amount = links["amount"].to_numpy(np.int64)
    in_credit = links["credit_amount"].fillna(links["amount"]).to_numpy(np.int64)
    table = pd.DataFrame(
        {
            "credit_id": links["credit_id"].to_numpy(),
            "customer_id": links["invoice_id"].map(invoices["customer_id"]).astype(str).to_numpy(),
            "currency": links["invoice_id"].map(invoices["currency"]).astype(str).to_numpy(),
            "payment": links["credit_id"].map(paid["currency"]).astype(str).to_numpy(),
            "happened_on": links["credit_id"].map(paid["happened_on"]).to_numpy(np.int64),
            "amount": amount,
            "credit_amount": in_credit,
        }
    )
    keys = ["credit_id", "customer_id", "currency", "payment", "happened_on"]
    return table.groupby(keys, sort=True)[["amount", "credit_amount"]].sum().reset_index()


def _best_weight(
    counts: Mapping[tuple[str, str], Floats], everyone: Mapping[str, Floats]
) -> float:
    likely = []
    for weight in WEIGHTS:
        total = 0.0
        for (_, currency), own in counts.items():
            prior = everyone[currency]
            if prior.max() >= 1:  # all pay in one currency: nothing to tell apart
                continue
            left = np.maximum(own - 1.0, 0.0)
            chance = (left + weight * prior) / (max(own.sum() - 1.0, 0.0) + weight)
            seen = own > 0
            total += float((own[seen] * np.log(np.maximum(chance[seen], 1e-9))).sum())
        likely.append(total)
    return WEIGHTS[int(np.argmax(likely))]


def _rates(paid: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Minor units of the payment's for one of the invoice's, over each pair's last payments."""
    rates = {}
    for (currency, payment), rows in paid.groupby(["currency", "payment"]):
        last = rows.nlargest(20, "happened_on", keep="all")
        whole = float(last["amount"].sum())
        if currency != payment and whole > 0:
            rates[str(currency), str(payment)] = float(last["credit_amount"].sum()) / whole
    return rates

"""The accounts of all customers as known at an as_of, exposure rolled up to the parent."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.credit.account import Account
from payrisk.ledger import History
from payrisk.ledger.changes import resolve_aliases

ORDER_DAYS = 30
"""An order without an expected invoicing day counts as uninvoiced for this long."""
YEAR = 365

Cents = dict[tuple[str, str], int]  # (customer, currency) → minor units


class Accounts:
    """Every customer's account on one morning, summed once and then looked up.

    An account holds one currency; what the group owes in others is named, never converted by
    a rate nobody chose. `grace_days`: days late that do not count as overdue yet.
    """

    def __init__(self, history: History, *, grace_days: int) -> None:
        """Sum the books of one history."""
        self.as_of = history.as_of
        self._customers = history.customers().set_index("customer_id")
        self._members = self._customers.groupby("parent_id").groups
        owed = history.residuals()
        late = owed["due_on"].to_numpy(np.int64) < history.close_of - grace_days
        undisputed = owed["residual"].to_numpy(np.int64) - owed["disputed"].to_numpy(np.int64)
        self._open = _sums(owed, owed["residual"])
        self._overdue = _sums(owed[late], undisputed[late])
        credits = history.credit_balances()
        self._unapplied = _sums(credits, credits["unapplied"])
        self._orders = _orders(history)
        self._currencies = _by_customer(self._open)
        self._habit = _habit(history)
        self._usual = str(history.invoices()["currency"].mode()[0])
        aliases = history.known("aliases")
        self._renamed = resolve_aliases(aliases[aliases["valid_on"] <= history.close_of])
        self._attributes = {
            name: pd.to_numeric(history.attribute(name), errors="coerce").dropna().to_dict()
            for name in ("limit", "turnover", "net_worth", "insured_amount")
        }

    def __contains__(self, customer_id: str) -> bool:
        """Whether the customer is known this morning."""
        return customer_id in self._customers.index

    def present(self, customer_id: str) -> str:
        """The id a customer goes by now; its own unless it was merged or renumbered."""
        return self._renamed.get(customer_id, customer_id)

    def currency_of(self, customer_id: str) -> str:
        """The currency a customer is mostly billed in, else the one most invoices are in."""
        billed = self._habit.get(customer_id, {})
        return max(sorted(billed), key=lambda one: billed[one][0], default=self._usual)

    def of(self, customer_id: str, currency: str) -> Account:
        """The account of a known customer. Raises KeyError for an unknown one."""
        customer = self._customers.loc[customer_id]
        open_, overdue = (
            table.get((customer_id, currency), 0) for table in (self._open, self._overdue)
        )
        members = self._group(str(customer["parent_id"]))
        sales, terms, delay, n_settled = self._habit.get(customer_id, {}).get(
            currency, (None, None, 0, 0)
        )
        return Account(
            currency=currency,
            customer_id=customer_id,
            is_natural_person=bool(customer["is_natural_person"]),
            open=open_,
            orders=self._ordered(customer_id, currency),
            unapplied=self._unapplied.get((customer_id, currency), 0),
            insured=self._insured(customer_id, currency, open_, overdue),
            overdue=overdue,
            group_exposure=sum(
                self._exposure(one, currency) for one in members if one != customer_id
            ),
            foreign_currencies=tuple(sorted(self._owed_in(members) - {currency})),
            monthly_sales=sales,
            terms_days=terms,
            delay_days=delay,
            current_limit=self._attribute("limit", customer_id, currency),
            turnover=self._attribute("turnover", customer_id, currency),
            net_worth=self._attribute("net_worth", customer_id, currency),
            n_settled=n_settled,
        )

    def group_exposure(self, parent_id: str, currency: str) -> int:
        """Exposure of a whole group; 0 for a head nobody knows."""
        return sum(self._exposure(one, currency) for one in self._group(parent_id))

    def _group(self, parent_id: str) -> list[str]:
        return [str(one) for one in self._members.get(parent_id, [])]

    def _exposure(self, customer_id: str, currency: str) -> int:
        key = (customer_id, currency)
        open_ = self._open.get(key, 0)
        insured = self._insured(customer_id, currency, open_, self._overdue.get(key, 0))
        rest = open_ + self._ordered(*key) - self._unapplied.get(key, 0) - insured
        return max(0, rest)

    def _owed_in(self, customers: list[str]) -> set[str]:
        return set().union(*(self._currencies.get(one, ()) for one in customers))

    def _ordered(self, customer_id: str, currency: str) -> int:
        # an order event has no currency of its own: it is the one the customer is billed in
        return self._orders.get(customer_id, 0) if self._is_usual(customer_id, currency) else 0

    def _insured(self, customer_id: str, currency: str, open_: int, overdue: int) -> int:
        # an insurer's cover stops with a material overdue
        cover = self._attribute("insured_amount", customer_id, currency) or 0
        return 0 if overdue else min(cover, open_)

    def _attribute(self, name: str, customer_id: str, currency: str) -> int | None:
        # nor has an attribute
        value = self._attributes[name].get(customer_id)
        return int(value) if value is not None and self._is_usual(customer_id, currency) else None

    def _is_usual(self, customer_id: str, currency: str) -> bool:
        return self.currency_of(customer_id) == currency


def _by_customer(amounts: Cents) -> dict[str, set[str]]:
    """The currencies each customer owes in."""
    found: dict[str, set[str]] = defaultdict(set)
    for customer, currency in amounts:
        found[customer].add(currency)
    return dict(found)


def _sums(rows: pd.DataFrame, amounts: pd.Series | np.ndarray) -> Cents:
    summed = pd.Series(np.asarray(amounts, dtype=np.int64)).groupby(
        [rows["customer_id"].to_numpy(), rows["currency"].to_numpy()]
    )
    return {key: int(total) for key, total in summed.sum().items()}


def _orders(history: History) -> dict[str, int]:
    """By customer, the amount ordered and not yet invoiced, less what was cancelled."""
    events = history.known("events")
    rows = events[events["kind"].isin(["order", "order_cancelled"]) & events["amount"].notna()]
    until = rows["refers_on"].to_numpy(np.int64)
    placed = rows["happened_on"].to_numpy(np.int64)
    waits = np.where(until == NEVER, placed + ORDER_DAYS, until) >= history.as_of
    sign = np.where(rows["kind"] == "order", 1, -1)
    amount = pd.Series(rows["amount"].to_numpy(dtype=np.int64) * sign * waits)
    total = amount.groupby(rows["subject"].to_numpy()).sum()
    return {str(customer): max(0, int(cents)) for customer, cents in total.items()}


def _habit(history: History) -> dict[str, dict[str, tuple[int, int, int, int]]]:
    """By customer and currency: peak month of the last year, terms, mean delay, n settled."""
    invoices = history.invoices()
    recent = invoices[invoices["issued_on"] > history.close_of - YEAR]
    keys = ["customer_id", "currency"]
    month = recent["issued_on"].to_numpy(np.int64).astype("datetime64[D]").astype("datetime64[M]")
    monthly = recent.assign(month=month.astype(np.int64)).groupby([*keys, "month"])["amount"].sum()
    peak = monthly.groupby(level=keys).max()
    days = (recent["due_on"] - recent["issued_on"]).groupby([recent[k] for k in keys]).median()
    settled = history.settled()
    late = settled.groupby(keys)["days_late"].agg(["mean", "size"]).reindex(peak.index)
    out: dict[str, dict[str, tuple[int, int, int, int]]] = defaultdict(dict)
    rows = zip(
        peak.index,
        peak,
        days.reindex(peak.index),
        late["mean"].fillna(0),
        late["size"].fillna(0),
        strict=True,
    )
    for (customer, currency), sales, terms, delay, n in rows:
        out[customer][currency] = (int(sales), int(terms), max(0, round(delay)), int(n))
    return dict(out)

"""What a customer's past and open invoices say of a default to come."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.features.waiting import PAID, UNPAID, Waiting
from payrisk.ledger import DefaultRule, History

MOST_NEW_INVOICES = 10
RECENT_DAYS = 180


@dataclass(frozen=True)
class Arrears:
    """Where every customer stands one morning under a default rule.

    customers: indexed by customer_id; n (invoices known), n_matured (their fate at the rule's
    days is known), n_defaults (spells of default), issued_daily and terms_days (of the last 180
    days), n_overdue and oldest_overdue (open ones).
    open_invoices: as `Books.open_invoices()` in a fixed order, with `weight`: the undisputed
    residual over what makes an arrear material, which is the larger of the rule's minimum and
    its share of the customer's open balance, within one currency.
    spells: as `History.defaults`.
    """

    customers: pd.DataFrame
    open_invoices: pd.DataFrame
    spells: pd.DataFrame

    @property
    def in_default(self) -> set[str]:
        """The customers in default this morning."""
        return set(self.spells.loc[self.spells["cured_on"] == NEVER, "customer_id"])

    @classmethod
    def known(cls, history: History, rule: DefaultRule) -> Arrears:
        """What the history says; kept while it lives."""
        kept = _KEPT.setdefault(history, {})
        if rule not in kept:
            spells = history.defaults(rule)
            customers = _customers(history, rule, spells)
            kept[rule] = cls(customers, _at_stake(history, rule), spells)
        return kept[rule]

    def of(self, customer_ids: pd.Index) -> pd.DataFrame:
        """The customers' rows in the order given; zeros for one that is not known."""
        return self.customers.reindex(customer_ids).fillna(0)


_KEPT: WeakKeyDictionary[History, dict[DefaultRule, Arrears]] = WeakKeyDictionary()


def expected_new(customers: pd.DataFrame, days_left: int) -> pd.Series:
    """New invoices expected to fall due within `days_left` days, at most 10 a customer."""
    n = customers["issued_daily"] * (days_left - customers["terms_days"]).clip(lower=0)
    return n.clip(upper=MOST_NEW_INVOICES)


def _material(history: History, rule: DefaultRule, rows: pd.DataFrame) -> npt.NDArray[np.float64]:
    """(n,) cents that make an arrear of each row's customer material, in the row's currency."""
    key = ["customer_id", "currency"]
    balance = history.open_invoices().groupby(key)["residual"].sum()
    own = balance.reindex(pd.MultiIndex.from_frame(rows[key])).fillna(0).to_numpy(dtype=np.float64)
    return np.asarray(np.maximum(rule.minimum, rule.share * own), dtype=np.float64)


def _customers(history: History, rule: DefaultRule, spells: pd.DataFrame) -> pd.DataFrame:
    frame = Waiting.known(history).frame
    left, late = frame["left"], frame["days_late"]
    known = (left == PAID) | (left == UNPAID) | (late > rule.days)
    since = max(history.as_of - RECENT_DAYS, int(frame["issued_on"].min()))
    by_customer = pd.DataFrame(
        {"customer_id": frame["customer_id"], "n": 1, "n_matured": known}
    ).groupby("customer_id")
    recent = frame[frame["issued_on"] >= since].groupby("customer_id")
    rows = history.open_invoices()
    days_overdue = history.as_of - 1 - rows["due_on"]
    overdue = days_overdue[days_overdue > 0]
    late_now = overdue.groupby(rows["customer_id"].loc[overdue.index])
    return by_customer.sum().assign(
        n_defaults=spells.groupby("customer_id").size(),
        issued_daily=recent.size() / max(history.as_of - since, 1),
        terms_days=recent["terms_days"].mean(),
        n_overdue=late_now.size(),
        oldest_overdue=late_now.max(),
    )


def _at_stake(history: History, rule: DefaultRule) -> pd.DataFrame:
    order = ["customer_id", "invoice_id", "instalment"]
    rows = history.open_invoices().sort_values(order, kind="stable").reset_index(drop=True)
    owed = (rows["residual"] - rows["disputed"]).clip(lower=0).to_numpy(dtype=np.float64)
    return rows.assign(weight=owed / _material(history, rule, rows))

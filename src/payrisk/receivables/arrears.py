"""Each customer's past and open invoices counted, as evidence of a default to come."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger import DefaultRule, History
from payrisk.receivables.days_late import CLOSED_UNPAID, PAID, STILL_OPEN, SettlementHistory

MOST_NEW_INVOICES = 10
"""New invoices expected of one customer, at most."""
RECENT_DAYS = 180
"""Days whose invoices tell how often a customer is billed."""
FRESH_DAYS = 180.0
"""Days after which a settled invoice tells half as much of its customer."""
PREPAY = frozenset({"prepay", "prepaid", "prepayment", "advance", "cash in advance"})
"""Terms, in lower case, under which a customer pays before it gets anything."""
BLOCKED = frozenset({"true", "1", "yes", "y", "x"})
"""What the attribute `blocked` says, in lower case, of a customer on hold."""


@dataclass(frozen=True)
class Arrears:
    """Where every customer stands one morning under a default rule.

    customers: indexed by customer_id; n (invoices known), n_settled (by cash or closed
    without), n_matured (settled, or failed), n_failed (passed the rule's days unpaid, or lost),
    n_fresh (settled ones, each counting half as much every 180 days), n_exposed (open ones as
    evidence: one due counts a quarter, an overdue one 1 and up to 3 by its age), issued_daily (of
    the last 180 days), terms_days (of those settled), n_not_due, n_overdue, oldest_overdue and
    last_issued_on.
    open_invoices: as `Books.open_invoices()` in a fixed order, with `weight`: the undisputed
    residual over what makes an arrear material, and `is_overdue`.
    spells: as `History.defaults`.
    treated: customer → why it cannot default in the ordinary way ("prepayment", "on hold").
    """

    customers: pd.DataFrame
    open_invoices: pd.DataFrame
    spells: pd.DataFrame
    treated: dict[str, str]

    @property
    def in_default(self) -> set[str]:
        """The customers in default this morning."""
        return set(self.spells.loc[self.spells["cured_on"] == NEVER, "customer_id"])

    @classmethod
    def of(cls, history: History, rule: DefaultRule) -> Arrears:
        """The arrears of a morning; kept while its history lives."""
        by_rule = _KEPT.setdefault(history, {})
        if rule not in by_rule:
            customers = _customers(history, rule)
            spells = history.defaults(rule)
            by_rule[rule] = cls(
                customers, _at_stake(history, rule), spells, on_hold_reasons(history)
            )
        return by_rule[rule]

    def rows_of(self, customer_ids: pd.Index) -> pd.DataFrame:
        """The customers' rows in the order given; zeros for one that is not known."""
        return self.customers.reindex(customer_ids).fillna(0)


def customers_in_default(history: History, rule: DefaultRule) -> set[str]:
    """The customers in default this morning by `of_status`; kept while its history lives."""
    if rule == rule.of_status or "dispute_opened:invoice" not in history.facts.arrays.events:
        return Arrears.of(history, rule).in_default
    by_rule = _IN_DEFAULT.setdefault(history, {})
    if rule not in by_rule:
        by_rule[rule] = history.in_default(rule.of_status)
    return by_rule[rule]


_IN_DEFAULT: WeakKeyDictionary[History, dict[DefaultRule, set[str]]] = WeakKeyDictionary()
_KEPT: WeakKeyDictionary[History, dict[DefaultRule, Arrears]] = WeakKeyDictionary()


def expected_new_invoices(customers: pd.DataFrame, days_left: int) -> pd.Series:
    """New invoices expected to fall due within `days_left` days, at most 10 a customer."""
    n = customers["issued_daily"] * (days_left - customers["terms_days"]).clip(lower=0)
    return n.clip(upper=MOST_NEW_INVOICES)


def _customers(history: History, rule: DefaultRule) -> pd.DataFrame:
    frame = SettlementHistory.of(history).frame
    outcome, late, whose = frame["outcome"], frame["days_late"], frame["customer_id"]
    has_settled = (outcome != STILL_OPEN) | frame["is_loss"]
    failed = frame["is_loss"] | ((outcome != CLOSED_UNPAID) & (late > rule.days))
    age = (history.as_of - frame["visible_on"].clip(upper=history.as_of)).to_numpy(np.float64)
    counts = {
        "n": np.ones(len(frame)),
        "n_settled": has_settled,
        "n_matured": has_settled | failed,
        "n_failed": failed,
        "n_fresh": (outcome == PAID).to_numpy() * 0.5 ** (age / FRESH_DAYS),
    }
    counted = pd.DataFrame({"customer_id": whose} | counts).groupby("customer_id").sum()
    since = max(history.as_of - RECENT_DAYS, int(frame["issued_on"].min()))
    recent = frame[frame["issued_on"] >= since].groupby("customer_id").size()
    # of settled invoices: an open one must not make new ones seem rarer
    terms = frame[has_settled].groupby("customer_id")["terms_days"].mean()
    usual = float(frame["terms_days"].mean()) if len(frame) else 0.0
    described = counted.assign(
        issued_daily=(recent / max(history.as_of - since, 1)).reindex(counted.index).fillna(0),
        terms_days=terms.reindex(counted.index).fillna(usual),
        last_issued_on=frame.groupby("customer_id")["issued_on"].max(),
    )
    return described.join(_exposed(history)).fillna(0)


def _exposed(history: History) -> pd.DataFrame:
    rows = history.open_invoices()
    late = (history.close_of - rows["due_on"]).clip(lower=0).to_numpy(dtype=np.float64)
    overdue = late > 0
    counts = {
        "n_exposed": np.where(overdue, 1.0 + np.clip(late / 30.0, 0.0, 2.0), 0.25),
        "n_not_due": ~overdue,
        "n_overdue": overdue,
        "oldest_overdue": late,
    }
    summed = pd.DataFrame({"customer_id": rows["customer_id"]} | counts).groupby("customer_id")
    return summed.sum().assign(oldest_overdue=summed["oldest_overdue"].max())


def _at_stake(history: History, rule: DefaultRule) -> pd.DataFrame:
    """The open invoices with what each weighs in an arrear.

    An arrear is late / (late + what is open and not due). What is overdue now is either paid by
    the time an arrear ripens or part of it, so it is never what an arrear is small beside; so one
    more overdue invoice makes no other weigh less.
    """
    order = ["customer_id", "invoice_id", "instalment"]
    rows = history.open_invoices(dispute_days=rule.dispute_days)
    rows = rows.sort_values(order, kind="stable").reset_index(drop=True)
    overdue = (rows["due_on"] < history.close_of).to_numpy()
    owed = (rows["residual"] - rows["excused"]).clip(lower=0).to_numpy(dtype=np.float64)
    key = [rows["customer_id"], rows["currency"]]
    beside = rows["residual"].where(~overdue, 0).groupby(key).transform("sum").to_numpy(np.float64)
    share = np.where(overdue, rule.share / max(1.0 - rule.share, 1e-9), rule.share)
    material = np.maximum(rule.minimum, share * beside)
    return rows.assign(weight=owed / material, is_overdue=overdue)


def on_hold_reasons(history: History) -> dict[str, str]:
    """Customer → why it cannot default in the ordinary way that morning."""
    terms = history.attribute("terms").dropna()
    prepaying = terms[terms.astype("str").str.strip().str.lower().isin(PREPAY)]
    blocked = history.attribute("blocked").dropna().astype("str").str.strip().str.lower()
    held = blocked[blocked.isin(BLOCKED)]
    return dict.fromkeys(map(str, prepaying.index), "prepayment") | dict.fromkeys(
        map(str, held.index), "on hold"
    )

"""How each customer buys and pays: its busiest month, terms, delay, tenure and highest balance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger import History
from payrisk.receivables.rates import KnownRates

YEAR = 365
MONTH = 30
LATELY = 60
"""Days that are compared with all the time before them (see `bust_out`)."""

KEYS = ["customer_id", "currency"]


@dataclass(frozen=True)
class BillingHabit:
    """One customer's billing in one currency, as known one morning. Minor units, gross as billed.

    monthly_sales: busiest calendar month of the last year. terms_days: median of the last year.
    delay_days: mean days late of what was paid and of what is overdue now, early ones included,
    at least 0; None before anything was due. n_settled: invoices settled by cash. peak_before:
    most ever open until `LATELY` days ago; billed_before: most billed in 30 days until then;
    billed_lately: since then, for 30 days; the first two None with fewer than two invoices then.
    entity_id: who billed it last. vat_rate: the VAT on what was billed net in the last year, as
    its invoices state it; None where none does.
    """

    monthly_sales: int
    terms_days: int
    delay_days: int | None
    n_settled: int
    first_billed_on: int
    peak_before: int | None
    billed_before: int | None
    billed_lately: int
    entity_id: str
    vat_rate: float | None = None


def billing_habits(history: History) -> dict[str, dict[str, BillingHabit]]:
    """By customer and currency, the habit of whoever was billed in the last year."""
    invoices = history.invoices()
    recent = invoices[invoices["issued_on"] > history.close_of - YEAR]
    month = recent["issued_on"].to_numpy(np.int64).astype("datetime64[D]").astype("datetime64[M]")
    monthly = recent.assign(month=month.astype(np.int64)).groupby([*KEYS, "month"])["amount"].sum()
    peak = monthly.groupby(level=KEYS).max()
    days = (recent["due_on"] - recent["issued_on"]).groupby([recent[k] for k in KEYS]).median()
    lasting = pd.DataFrame(
        {
            "monthly_sales": peak,
            "terms_days": days,
            "entity_id": recent.groupby(KEYS)["entity_id"].last(),
            # of those billed lately alone: a frame of nobody would take in everybody
            "first_billed_on": invoices.groupby(KEYS)["issued_on"].min().reindex(peak.index),
        }
    )
    lasting = lasting.assign(vat_rate=_vat_rates(history, recent).reindex(peak.index))
    rows = lasting.join([_delays(invoices, history.as_of), _growth(invoices, history.as_of)])
    rows = rows.reindex(lasting.index)
    out: dict[str, dict[str, BillingHabit]] = defaultdict(dict)
    for (customer, currency), row in zip(rows.index, rows.to_dict("records"), strict=True):
        out[customer][currency] = BillingHabit(
            int(row["monthly_sales"]),
            int(row["terms_days"]),
            _int_or_none(row["delay_days"]),
            _int_or_none(row["n_settled"]) or 0,
            int(row["first_billed_on"]),
            _int_or_none(row["peak_before"]),
            _int_or_none(row["billed_before"]),
            _int_or_none(row["billed_lately"]) or 0,
            str(row["entity_id"]),
            None if row["vat_rate"] != row["vat_rate"] else float(row["vat_rate"]),
        )
    return dict(out)


def commonest_currencies(history: History) -> dict[str, str]:
    """By customer, the currency most of its invoices ever known are in; by "" that of all.

    Of equals the first by name.
    """
    invoices = history.invoices()
    n = invoices.groupby(KEYS, observed=True).size().reset_index(name="n")
    n = n.sort_values(["n", "currency"], ascending=[False, True]).drop_duplicates("customer_id")
    commonest = dict(zip(n["customer_id"].astype(str), n["currency"].astype(str), strict=True))
    return commonest | {"": str(invoices["currency"].mode()[0])}


def mostly_billed_in(billed: Mapping[str, BillingHabit], rates: KnownRates) -> str:
    """The currency of the largest busiest month, compared at the known rates; of equals the first.

    billed: by currency, at least one. Without a rate between two, amounts are compared as they
    stand.
    """
    if len(billed) == 1:
        return next(iter(billed))
    first = min(billed)

    def worth(currency: str) -> int:
        cents = billed[currency].monthly_sales
        rate = None if currency == first else rates.rate(currency, first)
        return cents if rate is None else rate.convert(cents)

    return max(sorted(billed), key=worth)


def _vat_rates(history: History, recent: pd.DataFrame) -> pd.Series:
    """VAT over what is billed without it, of the invoices that state theirs."""
    facts = history.known_rows("invoices")[["invoice_id", "instalment", "tax_amount"]]
    facts = facts[facts["tax_amount"].notna()]
    rows = recent.merge(facts, on=["invoice_id", "instalment"])
    rows = rows.assign(tax_amount=rows["tax_amount"].astype("int64"))
    sums = rows.groupby(KEYS)[["tax_amount", "amount"]].sum()
    net = (sums["amount"] - sums["tax_amount"]).astype("float64")
    return (sums["tax_amount"] / net.where(net > 0)).astype("float64")


def _delays(invoices: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """Mean days late, what is overdue now counted to this morning, and how many were settled."""
    paid = invoices["paid_on"].to_numpy(np.int64)
    due = invoices["due_on"].to_numpy(np.int64)
    is_paid = paid < NEVER
    is_open = invoices["closed_on"].to_numpy(np.int64) == NEVER
    is_overdue = is_open & (invoices["sold_on"].to_numpy(np.int64) == NEVER) & (due < as_of)
    late = np.where(is_paid, paid, as_of) - due
    counted = invoices[KEYS].assign(late=late, n_settled=is_paid)[is_paid | is_overdue]
    grouped = counted.groupby(KEYS)
    delay = grouped["late"].mean().clip(lower=0).round()
    return pd.DataFrame({"delay_days": delay, "n_settled": grouped["n_settled"].sum()})


def _growth(invoices: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """The balance and billing of lately beside the highest of all the time before."""
    since = as_of - LATELY
    is_late = invoices["issued_on"].to_numpy(np.int64) >= since
    lately = invoices[is_late].groupby(KEYS)["amount"].sum() * MONTH // LATELY
    before = invoices[~is_late]
    n_before = before.groupby(KEYS).size()
    first = before.groupby(KEYS)["issued_on"].transform("min")
    months = before.assign(month=(before["issued_on"] - first) // MONTH)
    billed = months.groupby([*KEYS, "month"])["amount"].sum().groupby(level=KEYS).max()
    closed = before[before["closed_on"] < since]
    steps = pd.concat(
        [
            before[KEYS].assign(day=before["issued_on"], cents=before["amount"]),
            closed[KEYS].assign(day=closed["closed_on"], cents=-closed["amount"]),
        ]
    ).sort_values("day", kind="stable")
    open_ = steps.assign(open=steps.groupby(KEYS)["cents"].cumsum()).groupby(KEYS)["open"].max()
    is_enough = n_before >= 2
    return pd.DataFrame(
        {
            "peak_before": open_.where(is_enough.reindex(open_.index)),
            "billed_before": billed.where(is_enough.reindex(billed.index)),
            "billed_lately": lately,
        }
    )


def _int_or_none(value: float) -> int | None:
    return None if value != value else int(value)

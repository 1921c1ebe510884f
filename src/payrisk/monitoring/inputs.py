"""What is watched of the inputs: the champion's features, and the columns people book."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.features import CATALOGUE, Feature, LedgerStreams, Moments, build
from payrisk.ledger import Ledger
from payrisk.ledger.facts.kinds import CASH_KINDS
from payrisk.monitoring.drift import WatchedColumns
from payrisk.monitoring.scored_invoices import ScoredInvoices

MOST_CODES = 12
"""Names of a column told apart; the rarest are one."""
NUMBERS = ("invoice: days to pay agreed", "invoice: amount")
MOST_LATER_DAYS = 400
EVERY_DAYS = 7
ACTIVE_DAYS = 365
STANDING = (
    "customer__settled__n__365d",
    "customer__days_late__mean__90d",
    "customer__days_late__mean__365d",
    "customer__late30__share__365d",
    "customer__overdue__share__now",
    "customer__overdue__oldest__now",
)
"""What is watched of customers where the model itself reads no feature of the catalogue."""


def catalogue_inputs(inputs: Sequence[Feature]) -> tuple[str, ...]:
    """The catalogue features among a model's inputs, each once, in order."""
    return tuple(dict.fromkeys(feature.name for feature in inputs if feature.name in CATALOGUE))


def invoices_at_issue(
    ledger: Ledger, names: Sequence[str], first: int, now: int
) -> WatchedColumns:
    """Invoices issued from `first` on and recorded before `now`, on the morning of their issue.

    The named features, then what people book: the terms in days, the amount in the books'
    currency, country, currency and entity.
    """
    table = ledger.tables["invoices"]
    moments = Moments.at_issue(ledger)
    recorded = table["recorded_on"].to_numpy(dtype=np.int64)[moments.invoice]
    rows = np.flatnonzero((moments.as_of >= first) & (recorded < now))
    moments = moments.take(rows)
    features = build(LedgerStreams.of(ledger), moments, list(names)).values.astype(np.float64)
    issued = table.iloc[moments.invoice]
    countries = ledger.tables["customers"]["country"].iloc[np.maximum(moments.customer, 0)]
    days = (moments.due_on - moments.issued_on).astype(np.float64)
    booked = {
        "invoice: days to pay agreed": np.where(np.abs(days) < 10_000, days, np.nan),
        "invoice: amount": moments.amount.astype(np.float64),
        "invoice: currency": frequent_name_codes(issued["currency"]),
        "invoice: entity": frequent_name_codes(issued["entity_id"]),
        "customer: country": frequent_name_codes(countries),
    }
    if issued["terms"].notna().any():
        booked["invoice: terms"] = frequent_name_codes(issued["terms"])
    is_code = [name not in NUMBERS for name in booked]
    return WatchedColumns(
        (*names, *booked),
        np.column_stack([features.T, *booked.values()]),
        (*(False for _ in names), *is_code),
        _dense(moments.customer),
        moments.as_of,
        {"invoice: amount": "plain"},
    )


def customers(ledger: Ledger, names: Sequence[str], first: int, now: int) -> WatchedColumns:
    """Customers with an invoice in the last year, each on every seventh morning up to `now`."""
    table = ledger.tables["invoices"]
    recorded, issued = (table[c].to_numpy(dtype=np.int64) for c in ("recorded_on", "issued_on"))
    ids = table["customer_id"].to_numpy(dtype=object)
    parts = []
    for morning in range(now, first, -EVERY_DAYS):
        active = (recorded < morning) & (issued >= morning - ACTIVE_DAYS)
        active_ids = sorted(set(ids[active]))
        if active_ids:
            parts.append(Moments.customers(ledger, active_ids, morning))
    moments = parts[0]
    for part in parts[1:]:
        moments = moments.append(part)
    features = build(LedgerStreams.of(ledger), moments, list(names)).values.astype(np.float64)
    return WatchedColumns(
        tuple(names),
        features.T,
        (False,) * len(names),
        _dense(moments.customer),
        moments.as_of - 1,  # the evening its books are of
    )


def predictions(scored: ScoredInvoices) -> WatchedColumns:
    """What the champion says of the scored invoices, by the morning it first saw them."""
    curves = scored.curves
    middle, low, high = (
        np.minimum(curves.day_at(p), curves.as_of + curves.lengths) for p in (0.5, 0.1, 0.9)
    )
    due = np.maximum(scored.column("due_on"), curves.as_of - 1)
    values = {
        "chance of being late": 1.0 - curves.paid_by(due),
        "median days after the due date": (middle - scored.column("due_on")).astype(np.float64),
        "width of the 80 % interval": (high - low).astype(np.float64),
        "chance of being paid within 30 days": curves.paid_by(curves.as_of + 29),
    }
    return WatchedColumns(
        tuple(values),
        np.column_stack(list(values.values())),
        (False,) * len(values),
        scored.customer,
        curves.as_of - 1,
    )


def booking_delays(ledger: Ledger, now: int) -> dict[str, WatchedColumns]:
    """How many days after they happened facts were recorded, by what they are."""
    delays = {}
    credits = ledger.tables["credits"]
    tables = {
        "payments": (credits[credits["kind"].isin(CASH_KINDS)], "happened_on"),
        "invoices": (ledger.tables["invoices"], "issued_on"),
    }
    for name, (table, happened) in tables.items():
        recorded, day = (table[c].to_numpy(dtype=np.int64) for c in ("recorded_on", happened))
        later = recorded - day
        # what was taken over when the books began says nothing of how they are kept
        is_counted = (recorded < now) & (later < MOST_LATER_DAYS) & (later > -MOST_LATER_DAYS)
        code = pd.factorize(table["customer_id"], sort=True)[0]
        label = f"{name}: days from the fact to its record"
        delays[name] = WatchedColumns(
            (label,),
            later[is_counted].astype(np.float64)[:, None],
            (False,),
            _dense(code[is_counted]),
            recorded[is_counted],
        )
    return delays


def frequent_name_codes(names: pd.Series) -> Floats:
    """(n,) codes of the most frequent names, one more for all others; NaN where there is none."""
    counts = names.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    most = {name: code for code, name in enumerate(counts.index[:MOST_CODES])}
    numbers = names.map(most).to_numpy(dtype=np.float64)
    return np.where(names.notna().to_numpy() & np.isnan(numbers), float(len(most)), numbers)


def _dense(codes: Ints) -> Ints:
    """(n,) the same codes from 0 on without gaps."""
    return np.asarray(np.unique(codes, return_inverse=True)[1])

"""Past invoices as they stood at issue: what was known of them then, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.features import LedgerStreams, Moments
from payrisk.features.streams import calendars
from payrisk.learning.days_to_pay.attributes.fit_prior import PriorRows
from payrisk.ledger import History
from payrisk.receivables.days_late import (
    CLOSED_UNPAID,
    PAID,
    DaysLateCounts,
    SettlementHistory,
    count_days_late,
)
from payrisk.scoring.days_to_pay.attributes.columns import AttributeColumn, read_columns
from payrisk.scoring.days_to_pay.attributes.model import InformedInvoices
from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf

MOST_PER_CUSTOMER = 12
"""Invoices of a customer that are learnt from, spread evenly over its past."""
LATEST_COUNTED = 40
"""Earlier invoices of a customer that are counted at issue, when choosing a strength."""


@dataclass(frozen=True)
class PastInvoices:
    """n invoices as `PriorRows`, and what judges curves of them: outcomes, counts at issue.

    judged: invoice_id, customer_id, as_of, issued_on, due_on, paid_on, last_known_on.
    """

    rows: PriorRows
    judged: pd.DataFrame
    informed: InformedInvoices

    @classmethod
    def of(
        cls,
        history: History,
        ecdf: ShrunkEcdf,
        columns: Sequence[AttributeColumn],
        backdated: frozenset[str],
        *,
        most: int,
    ) -> PastInvoices:
        """At most so many invoices known on the morning, a dozen a customer."""
        settled = SettlementHistory.of(history)
        frame = settled.frame
        frame = frame[frame["issued_on"] < history.as_of]
        frame = frame.iloc[_spread(frame, most)].reset_index(drop=True)
        books = history.invoices()
        key = books.drop_duplicates("invoice_id").set_index("invoice_id")
        asked = key.reindex(frame["invoice_id"]).reset_index()
        asked = asked.assign(due_on=frame["due_on"], issued_on=frame["issued_on"])
        streams = LedgerStreams.of(history.ledger, backdated)
        as_of = frame["issued_on"].to_numpy(dtype=np.int64)
        moments = Moments.of(history.ledger, asked, as_of)
        known = read_columns(streams, moments, columns)
        terms, end, outcome, due = (
            frame[c].to_numpy(dtype=np.int64)
            for c in ("terms_days", "days_late", "outcome", "due_on")
        )
        counts = _counts_at_issue(settled.frame, frame)
        hazards = replace(ecdf, uses_customer=False).hazards(counts, terms)
        customer = pd.factorize(frame["customer_id"], sort=True)[0].astype(np.int64)
        reached = history.as_of - 1 - due
        rows = PriorRows(known, -terms, end, reached, outcome, customer, hazards)
        country = calendars.governing_countries(history, asked)
        informed = InformedInvoices(known, counts, as_of, due, terms, country)
        return cls(rows, _judged(frame), informed)


def _spread(frame: pd.DataFrame, most: int) -> Ints:
    """Places of at most so many rows, evenly over each customer's past, then over customers."""
    n = frame.groupby("customer_id")["invoice_id"].transform("size").to_numpy()
    nth = frame.groupby("customer_id").cumcount().to_numpy()
    kept = np.minimum(n, MOST_PER_CUSTOMER)
    takes = (nth * kept) // n != ((nth - 1) * kept) // n
    places = np.flatnonzero(takes)
    if len(places) <= most:
        return places
    return places[np.unique(np.linspace(0, len(places) - 1, most).astype(np.int64))]


def _judged(frame: pd.DataFrame) -> pd.DataFrame:
    """What is known of each: paid, unpaid for good, or open up to the evening before."""
    outcome = frame["outcome"].to_numpy()
    last = np.where(
        (outcome == PAID) | (outcome == CLOSED_UNPAID),
        NEVER,
        (frame["due_on"] + frame["days_late"]).to_numpy(),
    )
    paid = np.where(outcome == PAID, (frame["due_on"] + frame["days_late"]).to_numpy(), NEVER)
    return pd.DataFrame(
        {
            "invoice_id": frame["invoice_id"].to_numpy(),
            "customer_id": frame["customer_id"].to_numpy(),
            "as_of": frame["issued_on"].to_numpy(),
            "due_on": frame["due_on"].to_numpy(),
            "paid_on": np.maximum(paid, frame["issued_on"].to_numpy()),
            "last_known_on": last,
        }
    )


def _counts_at_issue(every: pd.DataFrame, frame: pd.DataFrame) -> DaysLateCounts:
    """What each invoice's customer had shown on the morning of its issue, by days late."""
    columns = ["customer_id", "issued_on", "due_on", "days_late", "outcome", "watched_from"]
    earlier = every[columns].sort_values("issued_on", kind="stable")
    earlier = earlier.groupby("customer_id", sort=False).tail(LATEST_COUNTED * 4)
    asked = pd.DataFrame(
        {
            "customer_id": frame["customer_id"].to_numpy(),
            "on": frame["issued_on"].to_numpy(),
            "row": np.arange(len(frame)),
        }
    )
    pairs = asked.merge(earlier, on="customer_id")
    pairs = pairs[pairs["issued_on"] < pairs["on"]]
    ended = (pairs["due_on"] + pairs["days_late"]).to_numpy(dtype=np.int64)
    is_over = (ended < pairs["on"].to_numpy()) & (pairs["outcome"] != 1).to_numpy()
    late = np.where(is_over, pairs["days_late"], pairs["on"] - 1 - pairs["due_on"])
    return count_days_late(
        pairs["row"].to_numpy(dtype=np.int64),
        len(frame),
        late.astype(np.int64),
        np.where(is_over, pairs["outcome"], 1).astype(np.int64),
        pairs["watched_from"].to_numpy(dtype=np.int64),
    )

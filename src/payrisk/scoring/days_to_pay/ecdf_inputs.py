"""What the ECDF of days late reads: an invoice's terms, its customer's invoices by days late."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Ints, Texts
from payrisk.calendar import iso
from payrisk.features.catalogue.feature import Feature
from payrisk.features.streams import calendars
from payrisk.ledger import History
from payrisk.receivables.days_late import EARLIEST, LATEST, SettlementHistory, counts_as_text

_COUNTED = f"{EARLIEST}|{LATEST}"

DAYS_LATE_FEATURES = (
    Feature(
        "customer__days_late__paid_counts",
        "'days late:invoices' pairs",
        "text",
        "Invoices of the customer known to be settled by cash, by days late.",
        definition=_COUNTED,
    ),
    Feature(
        "customer__days_late__open_counts",
        "'days late:invoices' pairs",
        "text",
        "Invoices of the customer known to be unpaid, by the days late they had reached.",
        definition=_COUNTED,
    ),
    Feature(
        "customer__days_late__closed_counts",
        "'days late:invoices' pairs",
        "text",
        "Invoices of the customer closed without cash or as a loss, by days late at closing.",
        definition=_COUNTED,
    ),
    Feature(
        "invoice__terms_days",
        "days",
        "number",
        "Days from issue to due.",
        low=-3660.0,
        high=3660.0,
        definition=_COUNTED,
    ),
)


class CustomersOnTerms(NamedTuple):
    """The distinct pairs of customer and terms among some rows, and which of them each row is.

    countries: the country of each pair, which parts them, too; None where it was not told.
    """

    of_row: Ints
    customer_ids: pd.Index | Sequence[str]
    terms: Days
    countries: Texts | None = None

    @classmethod
    def of(cls, customers: Texts, terms: Days, countries: Texts | None = None) -> CustomersOnTerms:
        """Those of rows; one row alone, as a quote mostly is, is its own pair."""
        if len(terms) == 1:
            return cls(np.zeros(1, dtype=np.int64), customers.tolist(), terms, countries)
        keys = pd.DataFrame({"customer": customers, "terms": terms})
        if countries is not None:
            keys["country"] = countries
        of_row, pairs = pd.factorize(pd.MultiIndex.from_frame(keys))
        days = pairs.get_level_values(1).to_numpy(dtype=np.int64)
        whose = None if countries is None else pairs.get_level_values(2).to_numpy(dtype=object)
        return cls(of_row, pairs.get_level_values(0), days, whose)


def flat_rows(history: History, invoices: pd.DataFrame) -> pd.DataFrame:
    """What `predict` reads of these invoices: texts and numbers only."""
    counts = SettlementHistory.of(history).counts(pd.Index(invoices["customer_id"]))
    due = invoices["due_on"].to_numpy(dtype=np.int64)
    terms = due - invoices["issued_on"].to_numpy(dtype=np.int64)
    values = (
        [counts_as_text(c) for c in counts.paid],
        [counts_as_text(c) for c in counts.waiting],
        [counts_as_text(c) for c in counts.closed],
        terms.astype(np.float64),
    )
    moment = {
        "as_of": [iso(history.as_of)] * len(invoices),
        "due_on": [iso(int(day)) for day in due],
        "country": [code or "" for code in calendars.governing_countries(history, invoices)],
    }
    names = (feature.name for feature in DAYS_LATE_FEATURES)
    return pd.DataFrame(moment | dict(zip(names, values, strict=True)))

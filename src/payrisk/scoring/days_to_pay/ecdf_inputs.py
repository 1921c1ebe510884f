"""What the ECDF of days late reads: an invoice's terms, its customer's invoices by days late."""

from __future__ import annotations

from payrisk.features.catalogue.feature import Feature
from payrisk.receivables.days_late import EARLIEST, LATEST

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

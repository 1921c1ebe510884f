"""Conduct: write-offs, disputes, credits, promises and reminders, as known that morning."""

from __future__ import annotations

from dataclasses import replace

from payrisk.features.catalogue import terms as e
from payrisk.features.catalogue.causes import FeatureCause
from payrisk.features.catalogue.feature import Feature, counts, define_feature, with_cause

FEATURES: list[Feature] = [
    *with_cause(
        FeatureCause.WRITE_OFFS,
        *counts("write_off", "write-offs", (None,), direction=1),
    ),
    *(
        replace(
            define_feature(
                f"customer__{stream}__rate__365d",
                "an invoice",
                f"{what} of the last 365 days for each of the customer's invoices of those days.",
                e.total(stream, "n", 365) / e.total("issued", "n", 365),
                direction=1,
            ),
            cause=cause,
        )
        for stream, what, cause in (
            ("dispute", "Disputes", FeatureCause.DISPUTES),
            ("credit_note", "Credit notes", FeatureCause.CREDIT_NOTES),
        )
    ),
    *with_cause(
        FeatureCause.CREDIT_NOTES,
        define_feature(
            "customer__credited__share__365d",
            "share",
            "Amount credited to the customer over amount billed, of the last 365 days.",
            e.total("credit_note", "amount", 365) / e.total("issued", "amount", 365),
            direction=1,
        ),
    ),
    *with_cause(
        FeatureCause.PROMISES,
        *counts("promise", "promises whose day has passed", (365,)),
        define_feature(
            "customer__broken_promise__share__365d",
            "share",
            "Share of the customer's promises whose day passed in the last 365 days that were"
            " broken.",
            1.0 - e.mean("promise", "kept", 365),
            high=1.0,
            direction=1,
        ),
        define_feature(
            "customer__answered_reminder__share__365d",
            "share",
            "Share of the reminders of the last 365 days after which the customer paid in 14"
            " days.",
            e.mean("reminder", "kept", 365),
            high=1.0,
            direction=-1,
        ),
    ),
]

"""Exposure: what the customer and its group owe and how overdue it is, as known that morning."""

from __future__ import annotations

from payrisk.features.catalogue import terms as e
from payrisk.features.catalogue.causes import FeatureCause
from payrisk.features.catalogue.feature import Feature, define_feature, with_cause
from payrisk.features.catalogue.terms import FeatureTerm

_BUCKETS = ((0, 30, "1-30"), (30, 60, "31-60"), (60, 90, "61-90"), (90, None, "over 90"))


def _in_bucket(past: int, upto: int | None) -> FeatureTerm:
    more = e.total(f"overdue{past}", "amount")
    return more if upto is None else more - e.total(f"overdue{upto}", "amount")


FEATURES: list[Feature] = [
    *with_cause(
        FeatureCause.EXPOSURE,
        define_feature(
            "customer__open__n__now",
            "invoices",
            "Number of the customer's open invoices.",
            e.total("open", "n"),
        ),
        define_feature(
            "customer__open__sum__now",
            "minor units",
            "What is left of the customer's open invoices, in its usual currency.",
            e.total("open", "amount"),
        ),
    ),
    *with_cause(
        FeatureCause.ARREARS,
        define_feature(
            "customer__overdue__n__now",
            "invoices",
            "Number of the customer's open invoices that are overdue.",
            e.total("overdue0", "n"),
            direction=1,
        ),
        define_feature(
            "customer__overdue__sum__now",
            "minor units",
            "What is left of the customer's overdue invoices, in its usual currency.",
            e.total("overdue0", "amount"),
            direction=1,
        ),
        define_feature(
            "customer__overdue__share__now",
            "share",
            "Share of the customer's open amount that is overdue.",
            e.total("overdue0", "amount") / e.total("open", "amount"),
            high=1.0,
            direction=1,
        ),
        define_feature(
            "customer__overdue__oldest__now",
            "days",
            "Days past due, at the evening before, of the customer's oldest overdue invoice.",
            e.moment_fact("as_of") - 1.0 - e.minimum("overdue0", "due_on"),
            direction=1,
        ),
        define_feature(
            "customer__overdue__mean__now",
            "days",
            "Mean days past due, at the evening before, of the customer's overdue invoices.",
            e.moment_fact("as_of")
            - 1.0
            - e.total("overdue0", "due_on") / e.total("overdue0", "n"),
            direction=1,
        ),
        *(
            define_feature(
                f"customer__bucket{past}__sum__now",
                "minor units",
                f"What is left of the customer's invoices {words} days past due.",
                _in_bucket(past, upto),
                direction=1,
            )
            for past, upto, words in _BUCKETS
        ),
    ),
    *with_cause(
        FeatureCause.EXPOSURE,
        define_feature(
            "customer__limit__use__now",
            "share",
            "What the customer owes over its credit limit.",
            e.total("open", "amount") / e.attribute("limit"),
            direction=1,
        ),
        define_feature(
            "customer__blocked__is__now",
            "0 or 1",
            "Whether the customer is blocked.",
            e.attribute("blocked"),
            high=1.0,
            direction=1,
        ),
    ),
    *with_cause(
        FeatureCause.GROUP_EXPOSURE,
        define_feature(
            "parent__open__n__now",
            "invoices",
            "Number of the parent group's open invoices.",
            e.total("open", "n", None, "parent"),
        ),
        define_feature(
            "parent__overdue__share__now",
            "share",
            "Share of the parent group's open invoices that are overdue.",
            e.total("overdue0", "n", None, "parent") / e.total("open", "n", None, "parent"),
            high=1.0,
            direction=1,
        ),
        define_feature(
            "parent__overdue90__n__now",
            "invoices",
            "Number of the parent group's open invoices more than 90 days past due.",
            e.total("overdue90", "n", None, "parent"),
            direction=1,
        ),
    ),
]

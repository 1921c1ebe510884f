"""Invoice: its amount, terms, dates and residual, its disputes and reminders, that morning."""

from __future__ import annotations

from payrisk.features.catalogue import terms as e
from payrisk.features.catalogue.causes import FeatureCause
from payrisk.features.catalogue.feature import Feature, define_feature, with_cause

_LOG_MEAN = e.total("issued", "log_amount") / e.total("issued", "priced")

FEATURES: list[Feature] = [
    *with_cause(
        FeatureCause.AMOUNT,
        define_feature(
            "invoice__amount__log__now",
            "log minor units",
            "Logarithm of the invoice's amount in the customer's usual currency.",
            e.log(e.moment_fact("amount")),
            high=50.0,
        ),
        define_feature(
            "invoice__amount__z__now",
            "spreads",
            "How many spreads the invoice's size lies from the customer's usual size.",
            (e.log(e.moment_fact("amount")) * 10_000.0 - _LOG_MEAN)
            / e.standard_deviation("issued", "log_amount", "priced"),
            low=-float("inf"),
        ),
    ),
    *with_cause(
        FeatureCause.TERMS,
        define_feature(
            "invoice__terms__days__now",
            "days",
            "Days from the invoice's issue to its due date.",
            e.moment_fact("due_on") - e.moment_fact("issued_on"),
            low=-3660.0,
            high=36600.0,
        ),
        define_feature(
            "invoice__terms__excess__now",
            "days",
            "How much longer the invoice's terms are than the customer's usual ones.",
            e.moment_fact("due_on") - e.moment_fact("issued_on") - e.mean("issued", "terms_days"),
            low=-36600.0,
            high=36600.0,
        ),
    ),
    *with_cause(
        FeatureCause.DATES,
        *(
            define_feature(
                f"invoice__{day}__{stat}__now",
                unit,
                meaning,
                e.calendar(what, e.moment_fact(f"{day}_on")),
                high=31,
            )
            for day, stat, unit, what, meaning in (
                ("due", "weekday", "Monday = 0", "weekday", "Weekday the invoice is due."),
                ("due", "day", "day", "day_of_month", "Day of the month the invoice is due."),
                (
                    "due",
                    "wait",
                    "days",
                    "days_to_business_day",
                    "Days from the due date to the next business day in the customer's country.",
                ),
                (
                    "due",
                    "left",
                    "days",
                    "business_days_left",
                    "Business days left in the due month after the due date.",
                ),
                ("issued", "weekday", "Monday = 0", "weekday", "Weekday the invoice is issued."),
                (
                    "issued",
                    "left",
                    "days",
                    "business_days_left",
                    "Business days left in the month of issue after the issue date.",
                ),
            )
        ),
        define_feature(
            "invoice__age__days__now",
            "days",
            "Days since the invoice was issued.",
            e.moment_fact("as_of") - e.moment_fact("issued_on"),
            low=-3660.0,
        ),
    ),
    *with_cause(
        FeatureCause.PAST_DUE,
        define_feature(
            "invoice__past_due__days__now",
            "days",
            "Days past due if paid this morning; negative before the due date.",
            e.moment_fact("as_of") - e.moment_fact("due_on"),
            low=-36600.0,
            direction=1,
        ),
    ),
    *with_cause(
        FeatureCause.RESIDUAL,
        define_feature(
            "invoice__left__share__now",
            "share",
            "Share of the invoice's amount that is still owed.",
            e.moment_fact("residual") / e.moment_fact("amount"),
            high=1.0,
        ),
    ),
    *with_cause(
        FeatureCause.DISPUTES,
        define_feature(
            "invoice__dispute__n__all",
            "items",
            "Disputes opened on this invoice.",
            e.total("dispute", "n", None, "invoice"),
            direction=1,
        ),
    ),
    *with_cause(
        FeatureCause.PROMISES,
        define_feature(
            "invoice__reminded__n__all",
            "items",
            "Reminders sent for this invoice.",
            e.total("reminded", "n", None, "invoice"),
            direction=1,
        ),
    ),
    *with_cause(
        FeatureCause.COLLECTION,
        define_feature(
            "invoice__handed_over__n__all",
            "items",
            "Times this invoice was handed over to collection.",
            e.total("handed_over", "n", None, "invoice"),
            direction=1,
        ),
    ),
    *with_cause(
        FeatureCause.PROMISES,
        define_feature(
            "invoice__broken_promise__n__all",
            "items",
            "Promises to pay this invoice that were broken.",
            e.total("promise", "n", None, "invoice") - e.total("promise", "kept", None, "invoice"),
            direction=1,
        ),
    ),
]

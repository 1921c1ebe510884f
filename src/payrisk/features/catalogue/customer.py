"""Customer: how the customer has paid and been billed, as known that morning."""

from __future__ import annotations

from payrisk.features.catalogue import terms as e
from payrisk.features.catalogue.causes import FeatureCause
from payrisk.features.catalogue.feature import (
    ALL,
    LONG,
    Feature,
    counts,
    define_feature,
    late_shares,
    lateness,
    shrunk_mean,
    window_token,
    window_words,
    with_cause,
)

LATENESS: list[Feature] = [
    *counts("settled", "invoices settled", (90, 365, None)),
    *lateness("customer", ALL),
    *late_shares("customer", 0, (90, 365, None)),
    *late_shares("customer", 5, (365,)),
    *late_shares("customer", 30, LONG),
    *late_shares("customer", 60, (365,)),
    *late_shares("customer", 90, (None,)),
    *(
        define_feature(
            f"customer__days_late__std__{window_token(w)}",
            "days",
            f"Spread of the days late of the customer's invoices settled {window_words(w)}.",
            e.standard_deviation("settled", "days_late", "n", w),
            high=5200.0,
        )
        for w in LONG
    ),
    *(
        define_feature(
            f"customer__days_late__weighted__{window_token(w)}",
            "days",
            "Mean days late of the customer's invoices settled, each weighing its amount,"
            f" {window_words(w)}.",
            e.total("settled", "weighted", w) / e.total("settled", "weight", w),
            low=-3660.0,
            high=3660.0,
            direction=1,
        )
        for w in (365,)
    ),
    *(
        define_feature(
            f"customer__days_late__{how}__last20",
            "days",
            f"{word} days late of the customer's last 20 invoices settled.",
            e.statistic_of_latest("settled", "days_late", how, 20),
            low=-3660.0,
            high=3660.0,
            direction=1,
        )
        for how, word in (("q50", "Median"), ("q90", "Ninth decile of the"))
    ),
    *(
        define_feature(
            f"customer__days_late__mean__last{n}",
            "days",
            f"Mean days late of the customer's last {n} invoices settled.",
            e.statistic_of_latest("settled", "days_late", "mean", n),
            low=-3660.0,
            high=3660.0,
            direction=1,
        )
        for n in (1, 3, 5)
    ),
    *(
        define_feature(
            f"customer__days_late__trend__{window_token(w)}",
            "days",
            f"How much later the customer's invoices settled {window_words(w)} were than all.",
            e.mean("settled", "days_late", w) - e.mean("settled", "days_late", None),
            low=-7320.0,
            high=7320.0,
            direction=1,
        )
        for w in (90,)
    ),
    *(
        define_feature(
            f"customer__{measure}__shrunk__all",
            unit,
            f"{what}, drawn to its segment, country and all customers where invoices are few.",
            shrunk_mean(field),
            low=low,
            high=high,
            direction=1,
        )
        for measure, field, unit, what, low, high in (
            ("days_late", "days_late", "days", "The customer's mean days late", -3660.0, 3660.0),
            ("late0", "late0", "share", "The customer's share paid late", 0.0, 1.0),
        )
    ),
    define_feature(
        "customer__settled__age__last",
        "days",
        "Days since the customer's latest settlement became known.",
        e.moment_fact("as_of") - e.day_of_item("last", "settled"),
        direction=1,
    ),
    *with_cause(
        FeatureCause.TERMS,
        define_feature(
            "customer__discount__share__365d",
            "share",
            "Share of the discounts offered on invoices settled of the last 365 days that"
            " were taken.",
            e.total("settled", "taken", 365) / e.total("settled", "offered", 365),
            high=1.0,
            direction=-1,
        ),
    ),
]

BILLING: list[Feature] = [
    *with_cause(
        FeatureCause.PURCHASES,
        *counts("issued", "invoices", (30, 90, 365, None)),
    ),
    *with_cause(
        FeatureCause.AMOUNT,
        *(
            define_feature(
                f"customer__amount__sum__{window_token(w)}",
                "minor units",
                f"Amount billed to the customer in invoices {window_words(w)}, in its usual"
                " currency.",
                e.total("issued", "amount", w),
            )
            for w in (365,)
        ),
        define_feature(
            "customer__log_amount__mean__all",
            "log minor units",
            "Mean logarithm of the amounts of the customer's invoices: its usual size.",
            e.total("issued", "log_amount") / (e.total("issued", "priced") * 10_000.0),
            high=50.0,
        ),
    ),
    *with_cause(
        FeatureCause.TERMS,
        define_feature(
            "customer__terms__mean__all",
            "days",
            "Mean days from issue to due of the customer's invoices: its usual terms.",
            e.mean("issued", "terms_days"),
            low=-3660.0,
            high=3660.0,
        ),
    ),
    *with_cause(
        FeatureCause.TENURE,
        define_feature(
            "customer__tenure__age__all",
            "days",
            "Days since the customer's first invoice became known.",
            e.moment_fact("as_of") - e.day_of_item("first", "issued"),
            direction=-1,
        ),
    ),
    *with_cause(
        FeatureCause.PURCHASES,
        define_feature(
            "customer__issued__age__last",
            "days",
            "Days since the customer's latest invoice became known.",
            e.moment_fact("as_of") - e.day_of_item("last", "issued"),
        ),
    ),
]

HABIT: list[Feature] = [
    *with_cause(
        FeatureCause.PAYMENT_DAYS,
        *(
            define_feature(
                f"customer__weekday{day}__share__365d",
                "share",
                f"Share of the customer's payments of the last 365 days that arrived on a {name},"
                " drawn to a fifth where payments are few.",
                (e.total("cash", f"weekday{day}", 365) + 2.0) / (e.total("cash", "n", 365) + 10.0),
                high=1.0,
            )
            for day, name in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"))
        ),
    ),
    *with_cause(
        FeatureCause.MONTH_END,
        define_feature(
            "customer__month_end__share__365d",
            "share",
            "Share of the customer's payments of the last 365 days that arrived after the 25th.",
            e.mean("cash", "month_sixth5", 365),
            high=1.0,
        ),
    ),
    *with_cause(
        FeatureCause.RECEIPTS,
        define_feature(
            "customer__cash__n__90d",
            "items",
            "Number of the customer's payments of the last 90 days.",
            e.total("cash", "n", 90),
        ),
        define_feature(
            "customer__cash__age__last",
            "days",
            "Days since the customer's latest payment became known.",
            e.moment_fact("as_of") - e.day_of_item("last", "cash"),
            direction=1,
        ),
    ),
]

FEATURES: list[Feature] = [
    *with_cause(FeatureCause.PAST_LATENESS, *LATENESS),
    *BILLING,
    *HABIT,
]

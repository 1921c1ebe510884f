"""Groups: how the customer's parent group, segment and country paid, and itself by weekday."""

from __future__ import annotations

from payrisk.features.catalogue import terms as e
from payrisk.features.catalogue.causes import FeatureCause
from payrisk.features.catalogue.feature import (
    Feature,
    define_feature,
    late_shares,
    lateness,
    shrunk_mean,
    with_cause,
)

FEATURES: list[Feature] = [
    *with_cause(
        FeatureCause.GROUP_LATENESS,
        *lateness("parent", (365,)),
        *late_shares("parent", 30, (365,)),
    ),
    *with_cause(
        FeatureCause.PEER_LATENESS,
        *lateness("segment", (365,)),
        *late_shares("segment", 30, (365,)),
        *lateness("country", (365,)),
        *late_shares("country", 30, (365,)),
    ),
    *with_cause(
        FeatureCause.PAST_LATENESS,
        *(
            define_feature(
                f"weekday__days_late__{stat}__all",
                unit,
                f"{what} of the customer's invoices settled that were due on this one's weekday.",
                term,
                low=low,
                high=3660.0 if unit == "days" else float("inf"),
            )
            for stat, unit, what, term, low in (
                ("n", "items", "Number", e.total("settled", "n", None, "weekday"), 0.0),
                (
                    "shrunk",
                    "days",
                    "Mean days late, drawn to the customer's own,",
                    e.shrunk_mean(
                        e.total("settled", "days_late", None, "weekday"),
                        e.total("settled", "n", None, "weekday"),
                        shrunk_mean("days_late"),
                        5.0,
                    ),
                    -3660.0,
                ),
            )
        ),
    ),
]

"""The covariates of a day: what sets it apart for an invoice, all else as known at its as_of."""

from __future__ import annotations

from payrisk.features.catalogue import terms as e
from payrisk.features.catalogue.causes import FeatureCause
from payrisk.features.catalogue.feature import Feature, define_feature, with_cause
from payrisk.features.catalogue.terms import FeatureTerm

DAY = e.moment_fact("day")
"""The day a chance of payment is asked for, the as_of or later."""
M_CUSTOMER, M_WEEKDAY = 10.0, 5.0
"""How many invoices the prior of a hazard weighs, as measured on real ledgers."""


def _share_of(kind: str, n: int, added: float) -> FeatureTerm:
    """Share of the customer's payments of a year on days like this one, drawn to an even share."""
    counts = tuple(e.total("cash", f"{kind}{part}", 365) for part in range(n))
    which = e.calendar(kind, DAY)
    return (e.choose(which, counts) + added / n) / (e.total("cash", "n", 365) + added)


def _hazard(level: str, prior: FeatureTerm, m: float) -> FeatureTerm:
    """Chance a day of being paid in this day's bin of days late, of invoices that reached it."""
    paid, there = e.at_lag("settled", level), e.at_lag("reached", level)
    return (paid + prior * m * e.lag_width()) / (there * e.lag_width() + m * e.lag_width())


_EVERYONE = e.at_lag("settled", "everyone_lag") / (
    e.at_lag("reached", "everyone_lag") * e.lag_width()
)
_CUSTOMER = e.first_known(_hazard("lag", _EVERYONE, M_CUSTOMER), _EVERYONE)

DAILY: dict[str, Feature] = {
    feature.name: feature
    for feature in (
        *with_cause(
            FeatureCause.DATES,
            define_feature(
                "day__from_due__days__now",
                "days",
                "Days from the due date to this day.",
                DAY - e.moment_fact("due_on"),
                low=-36600.0,
            ),
            define_feature(
                "day__from_issue__days__now",
                "days",
                "Days from the issue to this day.",
                DAY - e.moment_fact("issued_on"),
                low=-3660.0,
            ),
            define_feature(
                "day__ahead__days__now",
                "days",
                "Days from the as_of to this day.",
                DAY - e.moment_fact("as_of"),
            ),
            define_feature(
                "day__weekday__of__now",
                "Monday = 0",
                "Weekday of this day.",
                e.calendar("weekday", DAY),
                high=6.0,
            ),
            define_feature(
                "day__month__day__now",
                "day",
                "Day of the month.",
                e.calendar("day_of_month", DAY),
                low=1.0,
                high=31.0,
            ),
            define_feature(
                "day__month__left__now",
                "days",
                "Business days left in the month after this day.",
                e.calendar("business_days_left", DAY),
                high=23.0,
            ),
            define_feature(
                "day__business__is__now",
                "0 or 1",
                "Whether this is a business day in the customer's country.",
                e.calendar("is_business_day", DAY),
                high=1.0,
            ),
            define_feature(
                "day__holiday__is__now",
                "0 or 1",
                "Whether this is a holiday on a weekday in the customer's country.",
                e.calendar("is_holiday", DAY),
                high=1.0,
            ),
            define_feature(
                "day__business__before__now",
                "0 or 1",
                "Whether the day before is a business day.",
                e.calendar("is_business_day", DAY - 1.0),
                high=1.0,
            ),
            define_feature(
                "day__business__since_due__now",
                "days",
                "Business days after the due date up to this day; negative before it.",
                e.business_days(e.moment_fact("due_on"), DAY),
                low=-36600.0,
            ),
            define_feature(
                "day__business__since_issue__now",
                "days",
                "Business days after the issue up to this day.",
                e.business_days(e.moment_fact("issued_on"), DAY),
                low=-3660.0,
            ),
        ),
        *with_cause(
            FeatureCause.PAYMENT_DAYS,
            define_feature(
                "day__weekday__share__365d",
                "share",
                "Share of the customer's payments that arrived on this day's weekday.",
                _share_of("weekday", 7, 10.0),
                high=1.0,
            ),
        ),
        *with_cause(
            FeatureCause.MONTH_END,
            define_feature(
                "day__month__share__365d",
                "share",
                "Share of the customer's payments that arrived in this sixth of the month.",
                _share_of("month_sixth", 6, 6.0),
                high=1.0,
            ),
        ),
        *with_cause(
            FeatureCause.DATES,
            define_feature(
                "day__everyone__hazard__all",
                "a day",
                "Chance a day of payment at this many days late, over all customers.",
                _EVERYONE,
            ),
        ),
        *with_cause(
            FeatureCause.PAST_LATENESS,
            define_feature(
                "day__customer__hazard__all",
                "a day",
                "Chance a day of payment at this many days late, for the customer.",
                _CUSTOMER,
            ),
            define_feature(
                "day__same_weekday__hazard__all",
                "a day",
                "Chance a day of payment at this many days late, for the customer's invoices due"
                " on the same weekday.",
                e.first_known(_hazard("weekday_lag", _CUSTOMER, M_WEEKDAY), _CUSTOMER),
            ),
            define_feature(
                "day__customer__reached__all",
                "invoices",
                "How many of the customer's invoices were still unpaid at this many days late.",
                e.at_lag("reached", "lag"),
            ),
        ),
        *with_cause(
            FeatureCause.PAYMENT_DAYS,
            define_feature(
                "day__runs__since_due__now",
                "runs",
                "Payment runs of the customer expected after the due date up to this day.",
                e.payment_runs(e.moment_fact("due_on"), DAY),
                low=-36600.0,
            ),
            define_feature(
                "day__runs__ahead__now",
                "runs",
                "Payment runs of the customer expected from the as_of up to this day.",
                e.payment_runs(e.moment_fact("as_of") - 1.0, DAY),
                low=-36600.0,
            ),
        ),
    )
}
"""Every per-day covariate by its name, in the order of a matrix's columns."""

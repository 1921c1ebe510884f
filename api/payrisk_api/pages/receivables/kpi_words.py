"""What each KPI is called on a page; formula, unit and source are the library's own words."""

from __future__ import annotations

from payrisk.languages import Wording, marked

NAMES = {
    "dso_simple": marked("DSO"),
    "dso_countback": marked("DSO, counted back"),
    "dso_true": marked("DSO, true"),
    "dso_best_possible": marked("DSO, best possible"),
    "average_days_delinquent": marked("Average days delinquent"),
    "dso_added_back": marked("DSO with what was sold and written off"),
    "cei_12_months": marked("Collection effectiveness, 12 months"),
    "cei_month": marked("Collection effectiveness, last month"),
    "cei_cash_month": marked("Collection effectiveness, cash only"),
    "cei_quarter_n3": marked("Collection effectiveness, quarter, N = 3"),
    "cei_quarter_n1": marked("Collection effectiveness, quarter, N = 1"),
    "turnover_average": marked("Turnover, average balance"),
    "turnover_ending": marked("Turnover, ending balance"),
    "collection_period_average": marked("Collection period, average balance"),
    "collection_period_ending": marked("Collection period, ending balance"),
    "average_days_late": marked("Average days late"),
    "average_days_late_weighted": marked("Average days late, by amount"),
    "dbt_paid": marked("Days beyond terms, of what was paid"),
    "dbt_open": marked("Days beyond terms, of what is owed"),
    "payment_index": marked("Payment index"),
    "average_days_to_pay": marked("Average days to pay"),
    "paid_within_30_days_percent": marked("Paid within 30 days"),
    "paid_after_60_days_percent": marked("Paid after more than 60 days"),
    "paid_late_percent": marked("Paid late"),
    "current_percent": marked("Not due of what is owed"),
    "over_90_percent": marked("More than 90 days late of what is owed"),
    "bad_debt_percent": marked("Written off of sales"),
    "concentration_hhi": marked("Concentration (HHI)"),
    "top_10_percent": marked("Owed by the ten largest"),
    "disputed_percent": marked("Disputed of what is owed"),
    "dispute_rate_percent": marked("Newly disputed of what was billed"),
    "promise_kept_percent": marked("Promises kept"),
    "promise_kept_money_percent": marked("Promised money that came in time"),
}
"""By the measure's column."""

PANELS = {
    "Days sales outstanding": marked("Days sales outstanding"),
    "Collecting": marked("Collecting"),
    "Paying": marked("Paying"),
    "Risk": marked("Risk"),
}

DAYS, TIMES = marked("%(value)s days"), marked("%(value)s times a year")
PERCENT, PLAIN = "percent", "%(value)s"


def measured(value: float | None, unit: str, wording: Wording) -> str:
    """A measure with its unit, a decimal at most.

    >>> measured(48.12, "days", Wording("en")), measured(64.07, "percent", Wording("en"))
    ('48.1 days', '64.1%')
    """
    if value is None:
        return wording.number(None)
    if unit == PERCENT:
        return wording.percent(value / 100)
    if unit in ("days", "times a year"):
        return wording(DAYS if unit == "days" else TIMES, value=wording.number(value, 1))
    return wording.number(value, 1)

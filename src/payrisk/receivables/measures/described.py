"""What each KPI is: its formula, its unit and where it comes from, said beside every figure."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Measure:
    """One KPI: the column's name, the panel it is shown in, formula, unit and source."""

    name: str
    panel: str
    formula: str
    unit: str
    source: str


DSO, COLLECTING, PAYING, RISK = "Days sales outstanding", "Collecting", "Paying", "Risk"

_CRF = "Credit Research Foundation"
_STANDARD = "standard form"

MEASURES = (
    Measure(
        "dso_simple",
        DSO,
        "receivable ÷ sales × days of the window",
        "days",
        f"{_STANDARD}; JD Edwards, Dynamics 365",
    ),
    Measure(
        "dso_countback",
        DSO,
        "days of the latest months whose sales make up the receivable, the last in proportion",
        "days",
        "count-back method; Oracle (whose printed example adds up wrongly)",
    ),
    Measure(
        "dso_true",
        DSO,
        "Σ over open invoices of days since issue × open ÷ sales of the month of issue",
        "days",
        "Oracle Receivables",
    ),
    Measure(
        "dso_best_possible",
        DSO,
        "(receivable − overdue) ÷ sales × days of the window",
        "days",
        f"{_CRF}; JD Edwards' days credit granted",
    ),
    Measure(
        "average_days_delinquent",
        DSO,
        "dso_simple − dso_best_possible",
        "days",
        f"{_CRF}; JD Edwards' delinquent DSO",
    ),
    Measure(
        "dso_added_back",
        DSO,
        "(receivable + sold and not yet due + written off in the window) ÷ sales × days",
        "days",
        "ours: simple DSO without what a sale of receivables or a write-off hides",
    ),
    Measure(
        "cei_12_months",
        COLLECTING,
        "mean of cei_month over the last twelve months",
        "percent",
        f"{_CRF}'s index, N = 1 month",
    ),
    Measure(
        "cei_month",
        COLLECTING,
        "(opening + sales − closing) ÷ (opening + sales − closing not due) × 100, one month",
        "percent",
        f"{_CRF}, N = 1 month: all forms agree",
    ),
    Measure(
        "cei_cash_month",
        COLLECTING,
        "cei_month, with only cash counted as collected",
        "percent",
        "ours: no credit note, write-off, offset, withholding or sale of receivables",
    ),
    Measure(
        "cei_quarter_n3",
        COLLECTING,
        "as cei_month over three months, sales ÷ N, N = 3",
        "percent",
        _CRF,
    ),
    Measure(
        "cei_quarter_n1",
        COLLECTING,
        "as cei_month over three months, sales undivided, N = 1",
        "percent",
        "a common reading; not comparable with N = 3",
    ),
    Measure(
        "turnover_average",
        COLLECTING,
        "sales ÷ mean of opening and closing × 365 ÷ days",
        "times a year",
        _STANDARD,
    ),
    Measure(
        "turnover_ending", COLLECTING, "sales ÷ receivable × 365 ÷ days", "times a year", _CRF
    ),
    Measure("collection_period_average", COLLECTING, "365 ÷ turnover_average", "days", _STANDARD),
    Measure("collection_period_ending", COLLECTING, "365 ÷ turnover_ending", "days", _STANDARD),
    Measure(
        "average_days_late",
        PAYING,
        "mean of paid − due over invoices settled by cash",
        "days",
        _STANDARD,
    ),
    Measure(
        "average_days_late_weighted",
        PAYING,
        "the same, weighted by invoice amount",
        "days",
        "Upflow",
    ),
    Measure(
        "dbt_paid",
        PAYING,
        "Σ payment × days late ÷ Σ payment, of invoices settled by cash; early is negative",
        "days",
        "SAP's days beyond terms",
    ),
    Measure(
        "dbt_open",
        PAYING,
        "(1-30 × 15 + 31-60 × 45 + 61-90 × 75 + over 90 × 105) ÷ owed",
        "days",
        "Experian's days beyond terms",
    ),
    Measure(
        "payment_index",
        PAYING,
        "mean of points by days late, weighted by payment: 100 = 30 early, 80 = on the day,"
        " 70 = 15, 60 = 22, 50 = 30, 40 = 60, 30 = 90, 20 = 120 late, 0 = 180 late",
        "points",
        "knots as Dun & Bradstreet publishes them; not PAYDEX",
    ),
    Measure(
        "average_days_to_pay",
        PAYING,
        "mean of paid − issued over invoices settled by cash",
        "days",
        "UK payment-practice reports",
    ),
    Measure(
        "paid_within_30_days_percent",
        PAYING,
        "share paid within 30 days of issue, by number",
        "percent",
        "UK payment-practice reports",
    ),
    Measure(
        "paid_after_60_days_percent",
        PAYING,
        "share paid later than 60 days after issue, by number",
        "percent",
        "UK payment-practice reports",
    ),
    Measure(
        "paid_late_percent",
        PAYING,
        "share paid after its due day, by number",
        "percent",
        "UK payment-practice reports",
    ),
    Measure("current_percent", RISK, "not due ÷ owed", "percent", _CRF),
    Measure("over_90_percent", RISK, "owed and more than 90 days late ÷ owed", "percent", _CRF),
    Measure(
        "bad_debt_percent",
        RISK,
        "written off as lost in the window ÷ sales",
        "percent",
        f"{_CRF}'s bad debt to sales",
    ),
    Measure(
        "concentration_hhi",
        RISK,
        "Σ over customers of (percent of owed)²",
        "points of 10,000",
        "Herfindahl-Hirschman index",
    ),
    Measure(
        "top_10_percent", RISK, "owed by the ten largest customers ÷ owed", "percent", _STANDARD
    ),
    Measure("disputed_percent", RISK, "disputed ÷ owed", "percent", _STANDARD),
    Measure(
        "dispute_rate_percent", RISK, "disputed anew in the window ÷ billed", "percent", _STANDARD
    ),
    Measure(
        "promise_kept_percent",
        RISK,
        "promises of which 95 % came by their day and 3 more ÷ those that fell due",
        "percent",
        "ours; renegotiated in time counts neither way",
    ),
    Measure(
        "promise_kept_money_percent",
        RISK,
        "received of them in time ÷ promised",
        "percent",
        "ours",
    ),
)
"""In the order they are shown."""

AMOUNTS = {
    "receivable": "what is left on invoices at the evening, less unapplied where that is netted",
    "not_due": "owed and not due",
    "overdue": "owed and due before the evening",
    "over_90": "owed and more than 90 days late",
    "settled_residuals": "left on the books of invoices that count as settled; nobody owes it",
    "disputed": "owed and under dispute",
    "unapplied": "cash on account, overpayments, unlinked credit notes",
    "opening_receivable": "receivable when the window opened",
    "billed": "invoices issued in the window",
    "credit_notes": "taken off what was billed",
    "sales": "billed − credit_notes",
    "cash_received": "payments booked in the window, returned ones left out",
    "written_off": "lost in the window; goodwill and small balances are no loss",
    "recovered": "cash on what had been written off",
    "sold": "owed on invoices that were sold and are not due yet",
}
"""What the amounts are, in minor units of the currency."""

COUNTS = {"days": DSO, "n_settled": PAYING, "n_promises": RISK}
"""Numbers shown in a panel beside the measures that stand on them."""


def panels() -> dict[str, list[str]]:
    """The columns of each panel, in order."""
    names: dict[str, list[str]] = {
        panel: [name for name, where in COUNTS.items() if where == panel]
        for panel in (DSO, COLLECTING, PAYING, RISK)
    }
    for measure in MEASURES:
        names[measure.panel].append(measure.name)
    return names


def measure_rows() -> list[dict[str, str]]:
    """The measures as plain rows: name, panel, formula, unit, source."""
    return [asdict(measure) for measure in MEASURES]

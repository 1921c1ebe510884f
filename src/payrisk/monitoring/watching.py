"""One model watched: everything that is compared, gathered into its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from payrisk.ledger import Ledger
from payrisk.monitoring import inputs
from payrisk.monitoring.default_cohort import predictions
from payrisk.monitoring.defaults import (
    default_readouts,
    note_on_holds,
    note_on_unmatured,
    smallest_visible_rise,
)
from payrisk.monitoring.drift import WatchedColumns, drift
from payrisk.monitoring.freshness import Freshness, ledger_freshness
from payrisk.monitoring.matured_calibration import calibration_of_matured
from payrisk.monitoring.observed_vs_expected import compare_spans
from payrisk.monitoring.on_hold import customers_on_hold
from payrisk.monitoring.paid_so_far import payments_against_expected
from payrisk.monitoring.scored_invoices import SCORED, ScoredInvoices, score_invoices
from payrisk.monitoring.verdict import (
    Family,
    MonitorReport,
    Observation,
    drift_findings,
    freshness_findings,
    outcome_findings,
    sorted_findings,
)
from payrisk.monitoring.windows import WATCHED_DAYS, Windows
from payrisk.receivables.booking_lag import FOR_WATCHING, booking_lag
from payrisk.scoring.default_risk.model import DefaultModel

FALSE_ALARMS = {
    "freshness": 0.005,
    "booking": 0.005,
    "inputs": 0.01,
    "predictions": 0.005,
    "outcomes": 0.02,
}
"""Chance of a false alarm of each family of comparisons; together below 5 % a report."""
WARM_UP_DAYS = 60
"""Days at the start of the books whose features still fill."""
ASKED = 6_000
"""Chances of a default asked for in all, of customers drawn without regard to what happened."""
TERMS = ((8, 15, 31, 61), ("0-7 days", "8-14 days", "15-30 days", "31-60 days", "61+ days"))


@dataclass(frozen=True)
class WatchedVersion:
    """A version of a model under watch, and the morning whose facts it was trained on.

    model: what the version answers with; a risk is bound to its champions.
    """

    name: str
    version: str
    model: Any
    trained_as_of: int


def watch_curves(
    ledger: Ledger,
    watched: WatchedVersion,
    *,
    now: int,
    days: int = WATCHED_DAYS,
    most: int = SCORED,
    seed: int = 0,
) -> MonitorReport:
    """The report of a model of payment curves; raises InputError when it is too early for one."""
    windows = Windows.of(
        now,
        watched.trained_as_of,
        ledger.first_day + WARM_UP_DAYS,
        days=days,
        lag=booking_lag(ledger.tables["credits"], watched.trained_as_of, FOR_WATCHING),
    )
    observed = observe_curves(ledger, watched.model, windows, most=most, seed=seed)
    report = compare_observations(observed, windows)
    report.tables["Customers treated apart"] = customers_on_hold(ledger, windows)
    return report.report(watched.name, watched.version, windows)


@dataclass(frozen=True)
class CurveObservations:
    """All that a report of payment curves compares: inputs, bookings by kind, scored invoices."""

    fresh: Freshness
    inputs: WatchedColumns
    booking: dict[str, WatchedColumns]
    rows: ScoredInvoices


def observe_curves(
    ledger: Ledger, model: Any, windows: Windows, *, most: int = SCORED, seed: int = 0
) -> CurveObservations:
    """Look at the ledger; `most` invoices are scored anew."""
    return CurveObservations(
        ledger_freshness(ledger, windows.now, FALSE_ALARMS["freshness"]),
        inputs.invoices_at_issue(
            ledger, inputs.catalogue_inputs(model.inputs), windows.first, windows.now
        ),
        inputs.booking_delays(ledger, windows.now),
        score_invoices(ledger, model, windows, most=most, seed=seed),
    )


def compare_observations(observed: CurveObservations, windows: Windows) -> ReportBuilder:
    """Compare what was seen under watch with its own past."""
    report, rows = ReportBuilder(), observed.rows
    report.report_data(observed.fresh, observed.booking, windows)
    report.drift("inputs", "Input", observed.inputs, windows)
    report.drift("predictions", "Prediction", inputs.predictions(rows), windows)
    share = FALSE_ALARMS["outcomes"] / 2.0
    customer, groups = rows.customer, groups_of(rows)
    early = {"paid so far": payments_against_expected(rows, windows.all_spans)}
    report.outcomes(
        "Paid so far against expected so far", compare_spans(early, customer, groups, share)
    )
    later = calibration_of_matured(rows, windows.all_spans)
    report.outcomes(
        "Matured outcomes against what was said of them", compare_spans(later, customer, {}, share)
    )
    report.notes.append(
        f"{len(rows.rows):,} of {rows.n_known:,} invoices were scored anew,"
        f" {int(rows.is_on_hold.sum())} of them of customers who were under prepayment or on hold"
        f" when they were first seen: left out of outcomes. So are the last {windows.lag} days, as"
        " their payments are not all recorded yet."
    )
    return report


def watch_risk(
    ledger: Ledger,
    watched: WatchedVersion,
    *,
    now: int,
    days: int = WATCHED_DAYS,
    most: int = ASKED,
    seed: int = 0,
) -> MonitorReport:
    """The report of a bound default risk, which is asked of about `most` customers' mornings.

    Raises InputError when it is too early for one.
    """
    model: DefaultModel = watched.model
    windows = Windows.of(now, watched.trained_as_of, ledger.first_day + WARM_UP_DAYS, days=days)
    report = ReportBuilder()
    fresh = ledger_freshness(ledger, now, FALSE_ALARMS["freshness"])
    report.report_data(fresh, inputs.booking_delays(ledger, now), windows)
    names = inputs.catalogue_inputs(model.inputs) or inputs.STANDING
    report.drift("inputs", "Input", inputs.customers(ledger, names, windows.first, now), windows)
    chances = predictions(ledger, model, windows, most=most, seed=seed)
    report.drift("predictions", "Prediction", chances, windows)
    table = default_readouts(ledger, model, windows, FALSE_ALARMS["outcomes"])
    report.outcomes("Defaults against those expected", table)
    report.notes += [
        smallest_visible_rise(table.to_dict("records")),
        *note_on_unmatured(table, model.horizon_days),
        *note_on_holds(table),
    ]
    report.tables["Customers treated apart"] = customers_on_hold(ledger, windows)
    return report.report(watched.name, watched.version, windows)


class ReportBuilder:
    """What a report gathers as it is made."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.findings: list[Observation] = []
        self.tables: dict[str, pd.DataFrame] = {}
        self.notes: list[str] = []

    def report_data(
        self, fresh: Freshness, booking: dict[str, WatchedColumns], windows: Windows
    ) -> None:
        """How fresh the facts are, how late they are booked, and what cannot be compared."""
        self.findings += freshness_findings(fresh)
        self.notes += fresh.notes
        if windows.gap_shortfall_days:
            self.notes.append(
                f"The days under watch begin {windows.gap + windows.gap_shortfall_days} days after"
                " those they are compared with; for earlier spans the ledger allows"
                f" {windows.gap}, so what only grows with time may be named as drift."
            )
        self.tables["Freshness"] = fresh.table
        for columns in booking.values():
            share = FALSE_ALARMS["booking"] / 2.0
            self.drift("booking", "Booking:", columns, windows, share)

    def drift(
        self,
        family: Family,
        what: str,
        columns: WatchedColumns,
        windows: Windows,
        alarm: float | None = None,
    ) -> None:
        """Compare columns with their own past."""
        share = FALSE_ALARMS[family] if alarm is None else alarm
        compared = drift(columns, windows, share)
        if compared is None:
            self.notes.append(f"Too few rows to compare {family} with their past.")
            return
        self.findings += drift_findings(family, compared, what)
        title = f"Drift of {family}"
        table = compared.table.assign(strength=compared.table["strength"] / compared.bound)
        before = self.tables.get(title)
        parts = [table] if before is None else [before, table]
        self.tables[title] = pd.concat(parts, ignore_index=True)

    def outcomes(self, title: str, table: pd.DataFrame) -> None:
        """Take up a table of outcomes."""
        self.tables[title] = table
        if len(table):
            self.findings += outcome_findings(table)
        else:
            self.notes.append(f"{title}: too little was expected to compare.")

    def report(self, name: str, version: str, windows: Windows) -> MonitorReport:
        """All of it."""
        return MonitorReport(
            name,
            version,
            windows.trained,
            windows.now,
            windows.days,
            sorted_findings(self.findings),
            self.tables,
            tuple(self.notes),
        )


def groups_of(rows: ScoredInvoices) -> dict[str, pd.Categorical]:
    """Title → the group of each scored row: country, entity, terms, amount within its currency.

    What puts all rows into one group is left out.
    """
    days = rows.column("due_on") - rows.column("issued_on")
    starts, names = TERMS
    rank = rows.rows.groupby("currency")["amount"].rank(method="max", pct=True)
    quarter = np.clip(np.ceil(rank.to_numpy(dtype=np.float64) * 4) - 1, 0, 3).astype(np.int64)
    groups = {
        "country": pd.Categorical(rows.rows["country"].fillna("unknown")),
        "entity": pd.Categorical(rows.rows["entity_id"].fillna("unknown")),
        "terms": _named(np.searchsorted(starts, days, side="right"), names),
        "amount": _named(quarter, ("smallest quarter", "second", "third", "largest quarter")),
    }
    return {title: labels for title, labels in groups.items() if len(set(labels.codes)) > 1}


def _named(codes: Any, names: Sequence[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, categories=list(names))

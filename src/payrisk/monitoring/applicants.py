"""Applicants watched: who applies, what the model says of them, and who then goes bad."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.calendar import iso
from payrisk.features.catalogue.application import parse_fields
from payrisk.learning.new_customer.own_applications import own_applications
from payrisk.ledger import DefaultRule, History, Ledger
from payrisk.monitoring.defaults import PRIOR_EVENTS, compare_with_expected
from payrisk.monitoring.drift import WatchedColumns
from payrisk.monitoring.freshness import ledger_freshness
from payrisk.monitoring.inputs import booking_delays, frequent_name_codes
from payrisk.monitoring.verdict import MonitorReport
from payrisk.monitoring.watching import FALSE_ALARMS, WARM_UP_DAYS, ReportBuilder, WatchedVersion
from payrisk.monitoring.windows import Windows
from payrisk.scoring.log_odds import probability_of
from payrisk.scoring.new_customer.model import ApplicantModel

FEWEST_DAYS = 91
"""Applications are rare: a quarter of them is watched at least."""
LEAST_FOLLOWED = 30
TOO_EARLY = "Nobody accepted since {since} has been a customer long enough to be followed."
TOO_SOON = (
    "Of the {n} past applicants gone bad within {horizon} days none had within {days}, which is"
    " how long those accepted since training can be followed: nothing is expected of them yet."
)


def watch_applicants(
    ledger: Ledger,
    watched: WatchedVersion,
    rule: DefaultRule,
    *,
    now: int,
    days: int = FEWEST_DAYS,
) -> MonitorReport:
    """The report of a model of the ledger's own applicants; refused ones count in its inputs only.

    Raises InputError when it is too early for one. A model of another table than the ledger's
    applications is watched for what it can be: nothing but how fresh the facts are.
    """
    model: ApplicantModel = watched.model
    trained = watched.trained_as_of
    windows = Windows.of(
        now, trained, ledger.first_day + WARM_UP_DAYS, days=max(days, FEWEST_DAYS)
    )
    report = ReportBuilder()
    fresh = ledger_freshness(ledger, now, FALSE_ALARMS["freshness"])
    report.report_data(fresh, booking_delays(ledger, now), windows)
    if not model.is_own:
        report.notes.append("The model was learnt from another table than the ledger's own.")
        return report.report(watched.name, watched.version, windows)
    applied = ledger.tables["applications"]
    applied = applied[applied["recorded_on"] < now].reset_index(drop=True)
    frame = model.rows([parse_fields(text) for text in applied["fields"]])
    if len(frame):
        report.drift("inputs", "Application:", _columns(model, frame, applied), windows)
        report.drift("predictions", "Prediction", _said(model, frame, applied), windows)
    gone, why_not = bad_against_expected(ledger, model, rule, trained, now)
    if why_not:
        report.notes.append(why_not)
    else:
        report.outcomes("Applicants gone bad against those expected", gone)
    return report.report(watched.name, watched.version, windows)


def _columns(model: ApplicantModel, frame: pd.DataFrame, applied: pd.DataFrame) -> WatchedColumns:
    values, is_code = [], []
    for one in model.encoding.inputs:
        column = frame[one.name]
        is_number = pd.api.types.is_numeric_dtype(column)
        is_code.append(not is_number)
        values.append(
            column.to_numpy(dtype=np.float64) if is_number else frequent_name_codes(column)
        )
    return WatchedColumns(
        tuple(model.names),
        np.column_stack(values),
        tuple(is_code),
        np.arange(len(applied)),
        applied["applied_on"].to_numpy(dtype=np.int64),
        {one.name: "log" for one in model.inputs if one.unit == "log minor units"},
    )


def _said(model: ApplicantModel, frame: pd.DataFrame, applied: pd.DataFrame) -> WatchedColumns:
    return WatchedColumns(
        ("chance of going bad",),
        probability_of(model.log_odds(frame))[:, None],
        (False,),
        np.arange(len(applied)),
        applied["applied_on"].to_numpy(dtype=np.int64),
    )


def bad_against_expected(
    ledger: Ledger, model: ApplicantModel, rule: DefaultRule, trained: int, now: int
) -> tuple[pd.DataFrame, str]:
    """One row: accepted since training and then bad, against those expected; or none, and why.

    They are followed for half the days since training: the others have not had time. A default
    ripens for months, so few of those who will go bad within the model's horizon can have done so
    by then: expected is scaled by the share that had, of the past applicants gone bad within the
    horizon, as known at training. Columns measure, group, customers, happened, expected,
    share_by_then and those of `compare_with_expected`.
    """
    horizon = model.horizon_days
    days = min((now - trained) // 2, horizon)
    if days < LEAST_FOLLOWED:
        return pd.DataFrame(), TOO_EARLY.format(since=iso(trained))
    table = own_applications(ledger.as_of(now), rule, days)
    assert table.known_on is not None
    since = table.known_on - days >= trained
    if not since.any():
        return pd.DataFrame(), TOO_EARLY.format(since=iso(trained))
    n_by_then, n_bad = bad_within_days(ledger.as_of(trained), rule, days, horizon)
    if not n_by_then:
        return pd.DataFrame(), TOO_SOON.format(n=n_bad, horizon=horizon, days=days)
    chance = probability_of(model.log_odds(table.frame[since][list(model.names)]))
    share = n_by_then / n_bad
    row = {
        "measure": f"gone bad within {days} days",
        "group": "accepted since training",
        "customers": int(since.sum()),
        "happened": float(table.bad[since].sum()),
        "expected": float(chance.sum()) * share,
        "share_by_then": share,
    }
    # the level is known from so many bad ones, and the share from so many of them
    unsure = 1.0 / (model.counts[1] + PRIOR_EVENTS) + (1.0 - share) / n_by_then
    return compare_with_expected([row], 1.0 / unsure, FALSE_ALARMS["outcomes"]), ""


def bad_within_days(
    history: History, rule: DefaultRule, days: int, horizon: int
) -> tuple[int, int]:
    """How many of the past applicants gone bad within `horizon` days had within `days`, and all.

    Of those whose horizon had passed on the morning of `history`.
    """
    whole, early = (own_applications(history, rule, each) for each in (horizon, days))
    bad = whole.row[whole.bad]
    return len(np.intersect1d(bad, early.row[early.bad])), len(bad)

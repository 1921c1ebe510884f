"""Applicants watched: who applies, what the model says of them, and who then goes bad."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.calendar import iso
from payrisk.features.application import fields_of
from payrisk.learning.own_applications import own_applications
from payrisk.ledger import DefaultRule, Ledger
from payrisk.monitoring.defaults import PRIOR_EVENTS, held_to
from payrisk.monitoring.drift import Columns
from payrisk.monitoring.freshness import freshness
from payrisk.monitoring.inputs import booking, codes
from payrisk.monitoring.verdict import Report
from payrisk.monitoring.watching import FALSE_ALARMS, WARM_UP_DAYS, Found
from payrisk.monitoring.windows import Windows
from payrisk.scoring.applicant import ApplicantModel
from payrisk.scoring.chances import chance_of

FEWEST_DAYS = 91
"""Applications are rare: a quarter of them is watched at least."""
LEAST_FOLLOWED = 30

Floats = npt.NDArray[np.float64]


def watch_applicants(
    ledger: Ledger,
    model: ApplicantModel,
    rule: DefaultRule,
    *,
    version: str,
    trained: int,
    now: int,
    name: str = "new-customer",
    days: int = FEWEST_DAYS,
) -> Report:
    """The report of a model of the ledger's own applicants; refused ones count in its inputs only.

    Raises InputError when it is too early for one. A model of another table than the ledger's
    applications is watched for what it can be: nothing but how fresh the facts are.
    """
    windows = Windows.of(
        now, trained, ledger.first_day + WARM_UP_DAYS, days=max(days, FEWEST_DAYS)
    )
    found = Found()
    found.data(freshness(ledger, now), booking(ledger, now), windows)
    if not model.is_own:
        found.notes.append("The model was learnt from another table than the ledger's own.")
        return found.report(name, version, windows)
    applied = ledger.tables["applications"]
    applied = applied[applied["recorded_on"] < now].reset_index(drop=True)
    frame = model.rows([fields_of(text) for text in applied["fields"]])
    if len(frame):
        found.drift("inputs", "Application:", _columns(model, frame, applied), windows)
        found.drift("predictions", "Prediction", _said(model, frame, applied), windows)
    gone = _gone_bad(ledger, model, rule, trained, now)
    if len(gone):
        found.outcomes("Applicants gone bad against those expected", gone)
    else:
        found.notes.append(
            f"Applicants accepted since {iso(trained)} have not been customers long enough to be"
            " followed."
        )
    return found.report(name, version, windows)


def _columns(model: ApplicantModel, frame: pd.DataFrame, applied: pd.DataFrame) -> Columns:
    values, is_code = [], []
    for one in model.encoding.inputs:
        column = frame[one.name]
        is_number = pd.api.types.is_numeric_dtype(column)
        is_code.append(not is_number)
        values.append(column.to_numpy(dtype=np.float64) if is_number else codes(column))
    return Columns(
        tuple(model.names),
        np.column_stack(values),
        tuple(is_code),
        np.arange(len(applied)),
        applied["applied_on"].to_numpy(dtype=np.int64),
    )


def _said(model: ApplicantModel, frame: pd.DataFrame, applied: pd.DataFrame) -> Columns:
    return Columns(
        ("chance of going bad",),
        chance_of(model.log_odds(frame))[:, None],
        (False,),
        np.arange(len(applied)),
        applied["applied_on"].to_numpy(dtype=np.int64),
    )


def _gone_bad(
    ledger: Ledger, model: ApplicantModel, rule: DefaultRule, trained: int, now: int
) -> pd.DataFrame:
    """Accepted since training, followed for half the days since: the others have not had time."""
    followed = min((now - trained) // 2, model.horizon_days or (now - trained) // 2)
    if followed < LEAST_FOLLOWED:
        return pd.DataFrame()
    table = own_applications(ledger.as_of(now), rule, followed)
    assert table.known_on is not None
    since = table.known_on - followed >= trained
    if not since.any():
        return pd.DataFrame()
    chance = chance_of(model.log_odds(table.frame[since][list(model.names)]))
    share = followed / (model.horizon_days or followed)
    # a constant hazard within the horizon, as everywhere else
    expected = -np.expm1(np.log1p(-np.minimum(chance, 1.0 - 1e-9)) * share)
    row = {
        "measure": f"gone bad within {followed} days",
        "group": "accepted since training",
        "customers": int(since.sum()),
        "happened": float(table.bad[since].sum()),
        "expected": float(expected.sum()),
    }
    return held_to([row], model.counts[1] + PRIOR_EVENTS, FALSE_ALARMS["outcomes"])

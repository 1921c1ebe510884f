"""Applicants watched: who applies is compared with who applied, and who went bad is counted."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from payrisk.learning.applicant import fit_applicant
from payrisk.learning.own_applications import own_applications
from payrisk.ledger import DefaultRule, Ledger
from payrisk.monitoring.applicants import watch_applicants
from payrisk.simulate import simulate

BACK, HORIZON = 120, 180


@pytest.fixture(scope="module")
def company():
    """Tables with two thousand applications more, all refused, and a model of 120 days before."""
    tables = simulate(250, 25, 5).tables
    own = tables["applications"]
    rng = np.random.default_rng(0)
    end = int(own["recorded_on"].max())
    drawn = own.iloc[rng.integers(0, len(own), 2_000)]
    day = rng.integers(end - 700, end + 1, len(drawn))
    more = drawn.assign(
        application_id=[f"more-{at}" for at in range(len(drawn))],
        customer_id=None,
        decision="decline",
        applied_on=day,
        recorded_on=day,
    )
    more["customer_id"] = more["customer_id"].astype(own["customer_id"].dtype)
    tables |= {"applications": pd.concat([own, more], ignore_index=True)}
    ledger = Ledger.from_tables(tables)[0]
    trained = ledger.default_as_of - BACK
    table = own_applications(ledger.as_of(trained), DefaultRule(), HORIZON)
    return tables, trained, fit_applicant(table, 0)


def watched(tables, trained, model):
    ledger = Ledger.from_tables(tables)[0]
    now = ledger.default_as_of
    return watch_applicants(ledger, model, DefaultRule(), version="1", trained=trained, now=now)


def test_applicants_like_those_before_are_no_alarm(company):
    report = watched(*company)
    assert report.advice == "keep"
    assert {"inputs", "predictions", "outcomes"} <= {one.family for one in report.findings}
    own = report.tables["Applicants gone bad against those expected"].iloc[0]
    assert own["measure"] == f"gone bad within {BACK // 2} days"
    assert own["customers"] > 0


def test_a_form_that_no_longer_asks_is_found(company):
    tables, trained, model = company
    own = tables["applications"]

    def unasked(text, day):
        said = json.loads(text)
        if day >= trained:
            said.pop("years_trading", None)
        return json.dumps(said)

    fields = [unasked(*pair) for pair in zip(own["fields"], own["applied_on"], strict=True)]
    changed = own.assign(fields=pd.Series(fields, own.index, dtype=own["fields"].dtype))
    report = watched(tables | {"applications": changed}, trained, model)
    assert report.advice == "look at the data"
    named = {one.what for one in report.alarms if one.family == "inputs"}
    assert "application__years_trading" in named
    assert "it is missing in 100% of rows" in report.sentence

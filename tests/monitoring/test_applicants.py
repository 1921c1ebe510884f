"""Applicants watched: who applies is compared with who applied, and who went bad is counted."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from payrisk.learning.new_customer.fit import fit_applicant
from payrisk.learning.new_customer.own_applications import own_applications
from payrisk.ledger import DefaultRule, Ledger
from payrisk.monitoring.applicants import bad_against_expected, bad_within_days, watch_applicants
from payrisk.monitoring.watching import WatchedVersion
from payrisk.simulate import simulate
from support.ledgers.by_hand import credit, invoice, ledger, link

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
    return watch_applicants(
        ledger, WatchedVersion("new-customer", "1", model, trained), DefaultRule(), now=now
    )


def test_applicants_like_those_before_are_no_alarm(company):
    report = watched(*company)
    assert report.advice == "keep"
    assert {"inputs", "predictions"} <= {one.family for one in report.findings}
    # after sixty days nobody can be ninety days late with a first invoice
    assert "none had within 60" in " ".join(report.notes)


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


FIRST, TRAINED, BAD = 18_628, 18_628 + 760, 0.08


def large(since=BAD, seed=0):
    """Three new customers a day for 900 days; some never pay their first, or second, invoice.

    A share of BAD of those billed before TRAINED, of `since` after it.
    """
    rng = np.random.default_rng(seed)
    applications, customers, bills, paid, links = [], [], [], [], []
    for at in range(3 * 900):
        name, day = f"c{at}", FIRST + at // 3
        applications.append(
            {"application_id": f"a{at}", "customer_id": name, "applied_on": day,
             "fields": '{"years_trading": 5}', "decision": "accept", "recorded_on": day}
        )  # fmt: skip
        customers.append({"customer_id": name, "recorded_on": day})
        fails = int(rng.integers(0, 2)) if rng.random() < (since if day >= TRAINED else BAD) else 9
        for number in range(2):
            issued = day + 30 * number
            told = {"customer_id": name, "issued_on": issued, "due_on": issued + 30}
            bills.append(invoice(f"{name}-{number}", 100_000, **told, recorded_on=issued))
            if number < fails:
                on = issued + 30
                own = {"customer_id": name, "recorded_on": on}
                paid.append(credit(f"p-{name}-{number}", 100_000, on, **own))
                links.append(link(f"p-{name}-{number}", f"{name}-{number}", 100_000, on))
    return ledger(
        invoices=bills, customers=customers, credits=paid, allocations=links,
        applications=applications,
    )  # fmt: skip


@pytest.fixture(scope="module")
def books():
    return large()


@pytest.fixture(scope="module")
def applicants(books):
    return fit_applicant(
        own_applications(books.as_of(TRAINED), DefaultRule(), HORIZON).take(np.arange(200)), 0
    )


def test_nobody_is_missed_who_cannot_have_gone_bad_yet(books, applicants):
    """A constant hazard expects a dozen of these 273 to have; none of them can have."""
    found, why = bad_against_expected(books, applicants, DefaultRule(), TRAINED, TRAINED + 182)
    assert found.empty
    assert "none had within 91" in why
    n_by_then, n_bad = bad_within_days(books.as_of(TRAINED), DefaultRule(), 91, HORIZON)
    assert (n_by_then, n_bad > 100) == (0, True)


def test_expected_are_those_that_can_have_gone_bad_by_then(books, applicants):
    found, why = bad_against_expected(books, applicants, DefaultRule(), TRAINED, TRAINED + 260)
    assert not why
    [row] = found.to_dict("records")
    assert row["measure"] == "gone bad within 130 days"
    assert row["share_by_then"] == pytest.approx(0.5, abs=0.1)
    assert row["happened"] > 10
    assert row["expected"] == pytest.approx(row["happened"], rel=0.5)
    assert not row["is_alarm"]


def test_three_times_as_many_are_an_alarm(applicants):
    found, _ = bad_against_expected(
        large(3 * BAD), applicants, DefaultRule(), TRAINED, TRAINED + 260
    )
    assert found["is_alarm"].all()
    assert found["off"].iloc[0] > 1.0


def test_it_is_too_early_for_those_accepted_a_month_ago(books, applicants):
    found, why = bad_against_expected(books, applicants, DefaultRule(), TRAINED, TRAINED + 40)
    assert found.empty
    assert why.startswith("Nobody accepted since")

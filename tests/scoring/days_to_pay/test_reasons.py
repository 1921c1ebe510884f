"""Reasons are days that add up, point the right way and rank invoices as knock-outs do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import day_of, iso
from payrisk.features import CATALOGUE, DAILY
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.days_to_pay.fit_hazard import fit_daily_hazard
from payrisk.ledger import Ledger
from payrisk.readouts import curve_readouts
from payrisk.scoring.days_to_pay import contributions
from payrisk.scoring.days_to_pay.contributions import OrdinaryInvoice, contribute_days
from payrisk.scoring.days_to_pay.curve import n_days
from payrisk.scoring.days_to_pay.reason_codes import DATES, OTHER, PAST, reason_code
from payrisk.scoring.days_to_pay.reasons import MOST_SHOWN, explain_days
from payrisk.simulate import simulate
from support.company.five_customers import AS_OF, DueDateCurves, small_company
from support.ledgers.by_hand import credit, invoice, ledger, link


@pytest.fixture(scope="module")
def history():
    made = Ledger.from_tables(simulate(30, 14, 3).tables)[0]
    return made.as_of(made.default_as_of)


@pytest.fixture(scope="module")
def model(history):
    return fit_daily_hazard(history, seeds=2, rounds=60)


@pytest.fixture(scope="module")
def invoices(history):
    return history.open_invoices().iloc[::2].reset_index(drop=True)


@pytest.fixture(scope="module")
def pushed(history, model, invoices):
    """The pushes of these invoices, and what they were worked out from."""
    matrix, frozen = model.describe(history, invoices)
    static = matrix.values
    shared = {name for name in (*model.names, *model.days) if reason_code(name) == DATES}
    ordinary = OrdinaryInvoice.of(model, history)
    return (
        contribute_days(model, static, frozen, ordinary, shared),
        static,
        frozen,
        ordinary,
        shared,
    )


def test_every_feature_there_is_belongs_to_a_cause():
    assert not [name for name in (*CATALOGUE, *DAILY) if reason_code(name) == OTHER]


@pytest.mark.parametrize("kind", ["mixture", "trees", "every day", "ecdf"])
def test_what_is_explained_is_what_the_curve_expects(history, model, invoices, kind):
    said = {
        "mixture": model,
        "trees": replace(model, weight=1.0),
        "every day": replace(model, is_quick=False),
        "ecdf": model.ecdf,
    }[kind]
    some = invoices.head(12)
    table = curve_readouts(said.curves(history, some), some["due_on"].to_numpy())
    why = explain_days(said, history, some)
    assert [one.expected_days_late for one in why] == pytest.approx(
        table["expected_days_late"].tolist(), abs=1e-6
    )
    for one in why:
        assert len(one.reasons) <= MOST_SHOWN
        shown = sum(reason.contribution for reason in one.reasons)
        parts = one.ordinary_days_late + shown + one.other_days
        assert parts == pytest.approx(one.expected_days_late)
        sizes = [abs(reason.contribution) for reason in one.reasons]
        assert sizes == sorted(sizes, reverse=True)
        assert all(reason.text.endswith(".") for reason in one.reasons)


def test_without_its_pushes_an_invoice_is_the_ordinary_one(model, pushed):
    found, static, frozen, ordinary, shared = pushed
    is_shared = np.array([name in shared for name in model.names])
    asked, _ = model.log_stay_by_day(static, frozen)
    lengths = n_days(frozen.as_of, frozen.due_on)
    stays = model.log_stay(
        *ordinary.replaced_by_ordinary(static, frozen, is_shared), found.row, found.day
    )
    way = contributions._LogitPath(asked, lengths, model.on_weekends)
    base = found.expected - found.totals.sum(axis=1)
    assert base == pytest.approx(way.expected(contributions._logit(stays)), abs=0.02)
    # … which the first order alone misses by days
    assert np.abs(found.totals.sum(axis=1)).max() > 5


def test_a_cause_ranks_invoices_as_its_knock_out_does(model, pushed):
    found, static, frozen, _, _ = pushed
    lengths = n_days(frozen.as_of, frozen.due_on)
    asked, _ = model.log_stay_by_day(static, frozen)
    way = contributions._LogitPath(asked, lengths, model.on_weekends)
    is_past = np.array([reason_code(name) == PAST for name in found.inputs])

    def expected(values):
        stays = [np.log1p(-one.predict(values)) for one in model._models["settled"]]
        return way.expected(contributions._logit(np.mean(stays, axis=0)))

    assert expected(found.values) == pytest.approx(found.expected, abs=1e-6)
    knocked_out = expected(np.where(is_past, found.usual, found.values))
    taken, said = found.expected - knocked_out, found.totals[:, is_past].sum(axis=1)
    ranks = [pd.Series(one).rank() for one in (taken, said)]
    assert np.corrcoef(*ranks)[0, 1] > 0.8
    clear = np.abs(taken) > 2
    assert (np.sign(taken[clear]) == np.sign(said[clear])).mean() > 0.9


def test_reasons_are_those_of_lightgbms_own_contributions(history, model, invoices, monkeypatch):
    some = invoices.head(12)
    curves = model.curves(history, some)
    by_tables = explain_days(model, history, some, curves)
    monkeypatch.setattr(contributions, "path_tables", lambda *_: None)
    monkeypatch.setattr(contributions, "_CHOSEN", {})
    by_lightgbm = explain_days(model, history, some)
    for ours, theirs in zip(by_tables, by_lightgbm, strict=True):
        assert [cause.text for cause in ours.causes] == [cause.text for cause in theirs.causes]
        days = [cause.contribution for cause in theirs.causes]
        assert [cause.contribution for cause in ours.causes] == pytest.approx(days, abs=1e-9)
        assert ours.ordinary_days_late == pytest.approx(theirs.ordinary_days_late, abs=1e-9)


def test_an_invoice_is_explained_alone_as_among_others(history, model, invoices):
    among = explain_days(model, history, invoices)
    (alone,) = explain_days(model, history, invoices.iloc[[3]])
    assert [one.text for one in alone.causes] == [one.text for one in among[3].causes]
    days = [one.contribution for one in alone.causes]
    assert days == pytest.approx([one.contribution for one in among[3].causes])
    assert alone.ordinary_days_late == pytest.approx(among[3].ordinary_days_late)
    assert explain_days(model, history, invoices.head(0)) == []
    assert explain_days(DueDateCurves(), history, invoices) is None


def slow_and_prompt() -> Ledger:
    """Every fortnight an invoice each: slow pays 25 days late, four prompt ones on the due day."""
    invoices, credits, links = [], [], []
    start = day_of("2024-01-01")
    for customer, late in [("slow", 25), *((f"prompt{n}", 0) for n in range(4))]:
        for nth in range(40):
            issued = start + 14 * nth
            name, paid = f"{customer}-{nth}", issued + 30 + late
            dates = {"issued_on": issued, "due_on": issued + 30}
            invoices.append(invoice(name, 10_000 + nth, customer_id=customer, **dates))
            if paid <= start + 14 * 40:
                on = iso(paid)
                credits.append(credit(f"p-{name}", 10_000 + nth, on, customer_id=customer))
                links.append(link(f"p-{name}", name, 10_000 + nth, on))
    return ledger(invoices=invoices, credits=credits, allocations=links)


@pytest.fixture(scope="module")
def slow():
    return slow_and_prompt().as_of(day_of("2024-01-01") + 14 * 40 + 1)


@pytest.fixture(scope="module")
def quotes(slow):
    days = {"issued_on": slow.as_of, "due_on": slow.as_of + 30}
    row = {"amount": 10_020, "currency": "EUR", **days}
    return pd.DataFrame([row | {"customer_id": who} for who in ("slow", "prompt0", "nobody")])


def test_a_slow_payer_is_late_bereason_code_its_past(slow, quotes):
    for said in (fit_daily_hazard(slow, seeds=1, rounds=60), fit_shrunk_ecdf(slow)):
        late, prompt, _ = explain_days(said, slow, quotes)
        assert late.reasons[0].code == PAST
        assert late.reasons[0].contribution > 8
        past = {one.code: one.contribution for one in prompt.causes}[PAST]
        assert past < 1
        assert late.expected_days_late > prompt.expected_days_late + 10


def test_the_fallback_says_what_it_rests_on(slow, quotes):
    late, _, nobody = explain_days(fit_shrunk_ecdf(slow), slow, quotes)
    assert "customer's 37 invoices settled so far (25 days; of all" in late.causes[0].text
    words = {one.code: one.text for one in nobody.causes}
    assert words[PAST] == "No settled invoice of the customer is known; terms and ledger stand in."


def test_the_first_mornings_of_a_ledger_are_explained_as_far_as_they_go(slow, quotes):
    said = fit_daily_hazard(slow, seeds=1, rounds=60)
    start = day_of("2024-01-01")
    for morning in (start + 1, start + 20):
        early = slow.ledger.as_of(morning)
        rows = quotes.assign(issued_on=morning, due_on=morning + 30)
        assert len(explain_days(said, early, rows)) == len(rows)
    prepaid = ledger(invoices=[invoice()], credits=[credit("p", 1, "2024-12-01")])
    nothing = prepaid.as_of(day_of("2024-12-15"))
    quote = quotes.assign(issued_on=nothing.as_of, due_on=nothing.as_of + 30)
    assert nothing.invoices().empty
    assert explain_days(fit_shrunk_ecdf(nothing), nothing, quote) is None


def test_a_ledger_with_nothing_settled_is_explained():
    history = small_company().as_of(AS_OF)
    why = explain_days(fit_shrunk_ecdf(history), history, history.open_invoices())
    assert len(why) == len(history.open_invoices())

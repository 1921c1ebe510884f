"""The daily hazard: what its curves promise whatever was learned, and what it learns of days."""

from __future__ import annotations

from dataclasses import replace

import lightgbm
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payrisk.calendar import is_business_day, weekday
from payrisk.features import DAILY, FrozenMoments, LedgerStreams, Moments, Quotes, build
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.days_to_pay.fit_hazard import fit_daily_hazard
from payrisk.learning.days_to_pay.sampling import Sampling
from payrisk.ledger import History, Ledger
from payrisk.predictions import PaymentCurves
from payrisk.scoring.days_to_pay import daily_hazard as scoring
from payrisk.scoring.days_to_pay.curve import horizon_on
from payrisk.scoring.days_to_pay.daily_hazard import DailyHazard
from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf
from payrisk.simulate import simulate
from support.full import FULL

FEW = Sampling(issues=800, snapshots=800, unpaid_rate=0.5)
READINGS = ("settled", "money")
QUICK_MEAN, QUICK_MOST = 0.002, 0.25
"""How far the chance of being paid by a day is, at the mean and at most, when days share an answer
of the trees: most on holidays, of which a small ledger shows the trees too few."""


@pytest.fixture(scope="module")
def tables():
    return simulate(25, 12, 6).tables


def known(tables) -> History:
    ledger = Ledger.from_tables(tables)[0]
    return ledger.as_of(ledger.default_as_of - 30)


@pytest.fixture(scope="module")
def history(tables) -> History:
    return known(tables)


@pytest.fixture(scope="module")
def fitted(history) -> DailyHazard:
    return fit(history)


def fit(history: History) -> DailyHazard:
    model = fit_daily_hazard(history, seeds=2, rounds=60, sampling=FEW)
    assert isinstance(model, DailyHazard)
    return model


@pytest.fixture(scope="module")
def asked(history) -> pd.DataFrame:
    """Open invoices, overdue and not, and quotes to customers known and unknown."""
    rows = history.open_invoices()
    overdue = rows["due_on"] < history.as_of
    some = pd.concat([rows[overdue].head(12), rows[~overdue].head(12)])
    quotes = some.head(6).drop(columns=["invoice_id", "instalment"])
    quotes = quotes.assign(issued_on=history.as_of, due_on=history.as_of + 30)
    quotes["customer_id"] = [*quotes["customer_id"].iloc[:4], "stranger", "another stranger"]
    return pd.concat([some, quotes], ignore_index=True)


def same(one: PaymentCurves, other: PaymentCurves) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(vars(one).values(), vars(other).values()))


def constant(rate: float, width: int) -> str:
    """A booster that says the same chance of every day."""
    label = np.arange(1000) < 1000 * rate
    data = lightgbm.Dataset(np.zeros((1000, width)), label.astype(float))
    quiet = {"objective": "binary", "verbose": -1, "num_threads": 1}
    return str(lightgbm.train(quiet, data, 1).model_to_string())


# -- laws of every curve ----------------------------------------------------------------------


@given(st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_curve_keeps_its_laws(fitted, history, data):
    customers = [*history.customers()["customer_id"].head(6), "stranger"]
    n = data.draw(st.integers(1, 5))
    issued = history.as_of - np.array(
        data.draw(st.lists(st.integers(-3, 200), min_size=n, max_size=n))
    )
    terms = np.array(data.draw(st.lists(st.integers(0, 900), min_size=n, max_size=n)))
    rows = pd.DataFrame(
        {
            "customer_id": data.draw(st.lists(st.sampled_from(customers), min_size=n, max_size=n)),
            "issued_on": issued,
            "due_on": issued + terms,
            "amount": data.draw(st.lists(st.integers(1, 10**9), min_size=n, max_size=n)),
            "currency": "EUR",
        }
    )  # fmt: skip
    for reading in READINGS:
        curves = fitted.curves(history, rows, reading)
        last = horizon_on(curves.as_of, rows["due_on"].to_numpy())
        assert np.array_equal(curves.as_of + curves.lengths - 1, last)
        assert ((curves.matrix >= 0) & (curves.matrix <= 1)).all()
        assert (np.diff(curves.matrix, axis=1) >= 0).all()
        assert (curves.never >= 0).all()
        assert (curves.never <= 1 - curves.matrix[:, -1] + 1e-12).all()
        for curve in curves:  # each holds itself to its laws when it is made
            assert curve.horizon_on >= history.as_of + 120


def test_what_is_beyond_the_horizon_is_shown_and_never_redistributed(history, asked):
    """At a chance of one in fifty a day, and 3 of 9 unpaid at the horizon closed without cash."""
    beside = fit_shrunk_ecdf(history)
    width = 1 + len(DAILY)
    names = ("invoice__amount__log__now",)
    model = DailyHazard(
        (constant(0.02, width),), names, tuple(DAILY), beside, 1.0, (3, 9), is_quick=False
    )
    for curve, due in zip(model.curves(history, asked), asked["due_on"]):
        n = max(due, history.as_of) + 120 - history.as_of + 1
        assert len(curve.probability_paid_by) == n
        stays = 0.98 ** np.arange(1, n + 1)
        assert curve.probability_paid_by == pytest.approx(1 - stays, rel=1e-6)
        assert curve.probability_never == pytest.approx(stays[-1] * 4 / 11, rel=1e-6)
        assert curve.probability_beyond == pytest.approx(stays[-1] * 7 / 11, rel=1e-6)


def test_a_curve_conditioned_by_bayes_is_the_product_of_the_days_still_to_come(
    fitted, history, asked
):
    alone = replace(fitted, weight=1.0, is_quick=False)
    ledger_known = LedgerStreams.of(history.ledger)
    moments = Moments.of(history.ledger, asked, history.as_of)
    static = build(ledger_known, moments, alone.names).values
    frozen = FrozenMoments.of(ledger_known, moments)
    for row, curve in enumerate(alone.curves(history, asked)):
        waited = 20
        later = curve.given_unpaid_for(waited)
        days = np.arange(history.as_of + waited, curve.horizon_on + 1)
        stays = alone.log_stay(static, frozen, np.full(len(days), row), days)
        expected = 1 - np.exp(np.cumsum(stays))
        assert later.probability_paid_by == pytest.approx(expected, abs=1e-9)
        twice = curve.given_unpaid_for(8).given_unpaid_for(12)
        assert twice.probability_paid_by == pytest.approx(later.probability_paid_by, abs=1e-9)


def test_the_mixture_moves_to_whoever_expected_the_wait(fitted, history, asked):
    """Bayes on a mixture: each part weighs as much as it held likely that nothing comes."""
    trees = replace(fitted, weight=1.0).curves(history, asked)
    ecdf = replace(fitted, weight=0.0).curves(history, asked)
    w, waited = fitted.weight, 15
    for mixed, one, other in zip(fitted.curves(history, asked), trees, ecdf):
        still = [1 - part.probability_paid_by[waited - 1] for part in (one, other)]
        a, b = w * still[0], (1 - w) * still[1]
        later = [part.given_unpaid_for(waited).probability_paid_by for part in (one, other)]
        expected = (a * later[0] + b * later[1]) / (a + b)
        said = mixed.given_unpaid_for(waited).probability_paid_by
        assert said == pytest.approx(expected, abs=1e-9)


# -- the same bits ----------------------------------------------------------------------------


def test_neither_order_nor_company_nor_chunks_matter(fitted, history, asked, monkeypatch):
    whole = fitted.curves(history, asked)
    order = np.random.default_rng(1).permutation(len(asked))
    assert same(fitted.curves(history, asked.iloc[order]), whole.take(order))
    for row in (0, 13, len(asked) - 1):
        alone = fitted.curves(history, asked.iloc[[row]])
        width = alone.matrix.shape[1]
        assert np.array_equal(alone.matrix[0], whole.matrix[row, :width])
        assert alone.never[0] == whole.never[row]
    monkeypatch.setattr(scoring, "CHUNK", 7)
    assert same(fitted.curves(history, asked), whole)
    assert len(fitted.curves(history, asked.head(0))) == 0


def test_the_order_of_facts_does_not_matter(fitted, history, asked, tables):
    g = np.random.default_rng(2)
    shuffled = {name: frame.iloc[g.permutation(len(frame))] for name, frame in tables.items()}
    again = known(shuffled)
    model = fit(again)
    assert model.to_files() == fitted.to_files()
    assert same(model.curves(again, asked), fitted.curves(history, asked))


def test_files_and_flat_rows_say_the_same(fitted, history, asked):
    back = DailyHazard.from_files(fitted.to_files())
    assert back.to_files() == fitted.to_files()
    booked = asked[asked["invoice_id"].notna()]
    curves = fitted.curves(history, booked)
    assert same(back.curves(history, booked), curves)
    rows = fitted.rows(history, booked)
    assert same(back.predict_curves(rows), curves)
    assert back.predict(rows) == [curve.probability_paid_by.tolist() for curve in curves]


def test_flat_rows_of_quotes_say_the_same(fitted, history, asked):
    for quotes in (asked, asked.drop(columns="country")):
        quotes = quotes[quotes["invoice_id"].isna()]
        flat = fitted.predict_curves(fitted.rows(history, quotes))
        assert same(flat, fitted.curves(history, quotes))


def test_quotes_say_alone_to_the_bit_what_their_table_says_together(fitted, history):
    rows = history.invoices().iloc[:: 1 if FULL else 12]
    n = np.arange(len(rows))
    issued = rows["issued_on"].to_numpy(dtype=np.int64)
    quotes = Quotes(
        [name if at % 3 else f"quote {at}" for at, name in enumerate(rows["invoice_id"])],
        [name if at % 11 else "nobody" for at, name in enumerate(rows["customer_id"])],
        issued + (history.as_of - issued) * (n % 2),
        rows["due_on"].to_numpy(dtype=np.int64) + 150 * (n % 5),
        rows["amount"].to_numpy(dtype=np.int64),
        [("EUR", "USD", "XXX")[at % 3] for at in n],
        [None] * len(n),
    )
    for model in (fitted, replace(fitted, is_quick=False)):
        together = model.curves(history, quotes.frame())
        grades = model.availability(history, quotes.frame())
        assert same(together, model.quoted(history, quotes).curves)
        for at in n:
            quote = Quotes(*(column[at : at + 1] for column in vars(quotes).values()))
            (curve,), (grade,) = model.quoted(history, quote)
            assert curve.probability_paid_by.tolist() == together[at].probability_paid_by.tolist()
            assert (curve.probability_never, grade) == (together[at].probability_never, grades[at])


def test_a_quote_without_a_country_takes_its_customers_whatever_the_others_state():
    days = np.zeros(3, dtype=np.int64)
    stated = Quotes(
        "abc", ["c1", "c1", "stranger"], days, days, days, ["EUR"] * 3, ["FR", None, None]
    )
    assert stated.in_known_countries({"c1": "DE"}).country == ["FR", "DE", None]
    assert stated.in_known_countries({"c1": "DE"}).frame()["country"].tolist() == [
        "FR",
        "DE",
        None,
    ]


def test_a_damaged_bundle_is_refused(fitted):
    files = fitted.to_files()
    with pytest.raises(KeyError):
        DailyHazard.from_files({k: v for k, v in files.items() if "booster" not in k})
    with pytest.raises(ValueError, match="other inputs"):
        DailyHazard.from_files(files | {"booster-0.txt": constant(0.1, 3).encode()})
    with pytest.raises(ValueError, match="another kind"):
        DailyHazard.from_files(files | {"model.json": b'{"kind": "cart"}'})


def test_a_young_ledger_gets_the_ecdf(history):
    ledger = history.ledger
    young = ledger.as_of(ledger.first_day + 3)
    assert isinstance(fit_daily_hazard(young), ShrunkEcdf)


# -- days -------------------------------------------------------------------------------------


def test_asking_fewer_days_hardly_moves_a_curve(fitted, history):
    rows = history.open_invoices()
    quick = replace(fitted, is_quick=True).curves(history, rows)
    slow = replace(fitted, is_quick=False).curves(history, rows)
    apart = np.abs(quick.matrix - slow.matrix)
    assert apart.max() < QUICK_MOST
    assert apart.mean() < QUICK_MEAN
    assert np.quantile(apart.max(axis=1), 0.9) < 0.05


def on_closed_days(model: DailyHazard, history: History, rows: pd.DataFrame) -> float:
    """Share of what comes within a month that falls on weekends and holidays."""
    curves = replace(model, weight=1.0, is_quick=False).curves(history, rows)
    mass = curves.mass()[:, 1:31]
    days = history.as_of + np.arange(1, 31)
    closed = [~is_business_day(days, code or None) for code in rows["country"]]
    return float(mass[np.array(closed)].sum() / mass.sum())


@pytest.fixture(scope="module")
def on_sundays(tables) -> tuple[History, DailyHazard]:
    """The same company, were all its credits of a week booked on the Sunday."""
    moved = dict(tables)
    for name in ("credits", "allocations"):
        frame = tables[name]
        later = frame["happened_on"] + (6 - weekday(frame["happened_on"].to_numpy())) % 7
        recorded = np.maximum(frame["recorded_on"], later)
        moved[name] = frame.assign(happened_on=later, recorded_on=recorded)
    history = known(moved)
    return history, fit(history)


def test_weekends_and_holidays_get_what_the_data_says(fitted, history, on_sundays):
    """Nobody pays on a closed day; of a company paid on Sundays only, the Sundays get all."""
    assert on_closed_days(fitted, history, history.open_invoices()) < 0.02
    other, model = on_sundays
    assert on_closed_days(model, other, other.open_invoices()) > 0.9


def test_sundays_are_asked_for_where_they_are_paid_on(on_sundays):
    history, model = on_sundays
    rows = history.open_invoices()
    quick, slow = (replace(model, is_quick=how).curves(history, rows) for how in (True, False))
    assert np.abs(quick.matrix - slow.matrix).mean() < QUICK_MEAN


# -- the two readings -------------------------------------------------------------------------


def test_money_is_near_settlement_where_cash_comes_whole(fitted, history, asked):
    settled, money = (fitted.curves(history, asked, reading) for reading in READINGS)
    assert np.array_equal(money.lengths, settled.lengths)
    apart = (money.matrix - settled.matrix).mean(axis=0)
    assert (np.abs(apart) < 0.05).all()

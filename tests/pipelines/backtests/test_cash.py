"""Cash forecast from past mornings: what is written is what was known then, and adds up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.cash.forecasting.forecast import periods
from payrisk.errors import InputError
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.ledger import Ledger
from payrisk.predictions import Dependence
from payrisk.settings import Settings
from payrisk.simulate import simulate
from payrisk_pipelines.backtests.cash import OPEN_BASELINES, backtest_cash
from payrisk_pipelines.backtests.cash_judged import FILE, OURS
from payrisk_pipelines.backtests.cash_replay import (
    Arrivals,
    ReplayedWeek,
    landmark_mornings,
    replay_weeks,
)


@pytest.fixture(scope="module")
def made():
    return Ledger.from_tables(simulate(30, 18, 5).tables)[0]


@pytest.fixture(scope="module")
def found(made, tmp_path_factory):
    settings = Settings.read(home=tmp_path_factory.mktemp("home"))
    last = made.default_as_of - 42
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("payrisk_pipelines.backtests.cash_replay.MOST_LANDMARKS", 10)
        patch.setattr("payrisk_pipelines.backtests.cash_replay.N_DRAWS", 60)
        patch.setattr("payrisk_pipelines.backtests.cash.N_DRAWS", 60)
        return backtest_cash(
            settings,
            train_as_of=last - 28,
            landmark_range=(last - 28, last, 14),
            weeks=4,
            ledger=made,
            recipe="sketch",
        )


def test_the_file_has_every_column_model_and_grain(found, tmp_path):
    found.write(tmp_path / "f.parquet")
    rows = pd.read_parquet(tmp_path / "f.parquet")
    assert list(rows.columns) == FILE
    assert set(rows.loc[rows["from_open"], "model"]) == {OURS, *OPEN_BASELINES}
    assert set(rows.loc[~rows["from_open"], "model"]) == {
        OURS,
        "mean-of-last-4-weeks",
        "same-weekday-and-week-of-month",
        "seasonal-naive",
        "statistical-ensemble",
    }
    assert rows["landmark"].nunique() == 3
    assert (rows["p025"] <= rows["p10"]).all()
    assert (rows["p90"] <= rows["p975"]).all()


def test_days_add_up_to_weeks_and_actual_is_one_for_all_models(found):
    rows = found.rows
    keys = ["landmark", "currency", "model", "from_open"]
    by_grain = rows.groupby([*keys, "grain"])[["expected", "actual"]].sum().unstack("grain")  # noqa: PD010
    assert (by_grain["actual", "day"] == by_grain["actual", "week"]).all()
    assert np.allclose(by_grain["expected", "day"], by_grain["expected", "week"], atol=30)
    came = rows.groupby(["landmark", "grain", "starts_on", "currency", "from_open"])["actual"]
    assert (came.max() == came.min()).all()


def test_tables_say_ours_beside_every_baseline(found):
    table = found.table()
    assert set(table["model"]) == {OURS, *OPEN_BASELINES}
    assert {"weekly_wape", "daily_wape", "net_accuracy", "cover_80", "weekly_crps"} <= set(table)
    assert found.by_week_ahead()["week_ahead"].max() == 4
    assert (found.baseline_wins()["weekly_wape"] < found.baseline_wins()["weekly_wape_ours"]).all()
    assert "net accuracy" in found.sentence


def test_what_cannot_be_meant_is_refused(made, tmp_path):
    settings = Settings.read(home=tmp_path)
    end = made.default_as_of
    for options, words in (
        ({"landmark_range": (end - 100, end - 90, 7)}, "before the training date"),
        ({"landmark_range": (end - 30, end - 10, 7)}, "do not end by"),
        ({"landmark_range": (end - 30, end - 40, 7)}, "FIRST:LAST:STEP"),
        ({"landmark_range": (end - 60, end - 60, 7), "weeks": 0}, "--weeks"),
    ):
        with pytest.raises(InputError, match=words):
            backtest_cash(settings, train_as_of=end - 60, ledger=made, **options)


def test_landmarks_know_nothing_recorded_later(made):
    """Cutting the ledger at the training morning changes no landmark."""
    day = made.default_as_of - 60
    cut = {
        name: rows[rows["recorded_on"] < day].reset_index(drop=True)
        for name, rows in made.tables.items()
    }
    pasts = []
    for ledger in (made, Ledger(cut)):
        history = ledger.as_of(day)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("payrisk_pipelines.backtests.cash_replay.MOST_LANDMARKS", 9)
            patch.setattr("payrisk_pipelines.backtests.cash_replay.N_DRAWS", 40)
            pasts.append(replay_weeks(ledger, history, fit_shrunk_ecdf))
    assert pasts[0].papers() == pasts[1].papers()
    assert len(pasts[0].weeks)
    assert (pasts[0].weeks.table["as_of"] + 7 * pasts[0].weeks.table["week"] <= day).all()


def test_arrivals_are_the_cash_of_the_books(made):
    history = made.as_of(made.default_as_of)
    arrivals = Arrivals.of_history(history)
    first, span = made.first_day, made.default_as_of - made.first_day
    currencies = sorted(set(made.tables["invoices"]["currency"]))
    invoices = history.invoices()
    on_invoices = arrivals.on(invoices, first, span)
    assert on_invoices.sum() == arrivals.total(currencies, first, span).sum()
    paid = (invoices["closed_by"] == "cash").to_numpy()
    assert on_invoices[paid].sum() <= invoices["amount"].to_numpy()[paid].sum()


def test_a_landmark_expects_what_its_draws_do_on_average(made):
    day = landmark_mornings(made.as_of(made.default_as_of))[0]
    then = made.as_of(day)
    one = ReplayedWeek.at(
        then, fit_shrunk_ecdf(then), Arrivals.of_history(made.as_of(made.default_as_of)), 4
    )
    draws = one.draws(Dependence(), 400, 0)
    assert draws.shape[2] == 4
    assert draws.mean(axis=0).sum() == pytest.approx(one.expected.sum(), rel=0.1)
    assert periods(28)[-1] == 5

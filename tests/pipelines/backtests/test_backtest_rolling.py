"""Rolling origins, refused tuned rows, and what a backtest says as JSON."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import iso
from payrisk.errors import InputError
from payrisk.learning.days_to_pay.baselines import BASELINES
from payrisk.settings import Settings
from payrisk_pipelines.backtests.days_to_pay import (
    RollingWindow,
    backtest_days_to_pay,
    windows_of,
)
from support.ledgers.messy import START, messy_ledger

MODELS = ["days-to-pay", *BASELINES]
ROLLING = RollingWindow(START + 80, START + 140, 30, test_days=8, gap_days=5)


@pytest.fixture(scope="module")
def books():
    return messy_ledger(4, 300)


def backtest(books, *, out=None, tuned_until=None, **when):
    more = {"ledger": books, "out": out, "tuned_until": tuned_until}
    return backtest_days_to_pay(Settings.read(), windows_of(**when), **more)


@pytest.fixture(scope="module")
def rolled(books, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "r.parquet"
    return backtest(books, rolling=ROLLING, out=out), out


def test_each_origin_is_judged_after_its_gap_by_a_model_of_its_own(rolled):
    rows = rolled[0].comparison.rows
    assert sorted(rows["train_as_of"].unique()) == [START + 80, START + 110, START + 140]
    after = rows["as_of"] - rows["train_as_of"]
    assert after.min() >= 5
    assert after.max() < 13


def test_the_pooled_rows_are_those_of_single_backtests(books, rolled):
    found = rolled[0]
    singles = [
        backtest(books, train_as_of=day, issued_between=(day + 5, day + 12))
        for day in (START + 80, START + 110, START + 140)
    ]
    assert found.n_rows == sum(one.n_rows for one in singles)
    assert found.n_left_out == sum(one.n_left_out for one in singles)
    for name in MODELS:
        whole = sum(one.metrics[name]["crps"] * one.n_rows for one in singles) / found.n_rows
        assert found.metrics[name]["crps"] == pytest.approx(whole)
    crps = [one.metrics["days-to-pay"]["crps"] for one in singles]
    assert found.origin_table()["crps"].tolist() == pytest.approx(crps)
    assert found.origin_table()["settled_then"].is_monotonic_increasing


def test_all_origins_go_into_one_file(rolled):
    found, out = rolled
    frame = pd.read_parquet(out)
    assert (frame.groupby("model").size() == found.n_rows).all()
    assert not frame.duplicated(["invoice_id", "as_of", "model"]).any()


def test_rows_the_recipe_was_tuned_on_are_refused_and_said(books, rolled):
    until = START + 90
    found = backtest(books, rolling=ROLLING, tuned_until=until)
    assert found.comparison.rows["issued_on"].min() > until
    assert found.n_tuned > 0
    assert found.n_rows + found.n_tuned == rolled[0].n_rows
    assert f"Refused: {found.n_tuned} rows issued on or before {iso(until)}" in found.sentence
    with pytest.raises(InputError, match="refused as tuned on"):
        backtest(books, rolling=ROLLING, tuned_until=START + 400)


def test_open_invoices_issued_in_tuned_days_are_refused_too(books):
    mornings = (START + 120, START + 140, 10)
    asked = {"train_as_of": START + 100, "landmark_range": mornings}
    every, some = (backtest(books, **asked, tuned_until=day) for day in (None, START + 110))
    assert 0 < some.n_rows < every.n_rows
    assert some.n_rows + some.n_tuned == every.n_rows


def test_json_tells_pairs_slices_outcomes_and_what_was_trained_on(rolled):
    found = rolled[0]
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert sum(told["outcomes"].values()) == told["n_rows"]
    assert {row["baseline"] for row in told["paired"]} == set(BASELINES)
    assert {row["metric"] for row in told["paired"]} == {"crps", "nll"}
    titles = {row["slice"] for row in told["slices"]}
    assert {"settled invoices known", "terms", "amount", "weekday due", "weekday paid"} <= titles
    assert len(told["origins"]) == len(told["trained_on"]) == 3
    assert [row["group"] for row in told["weighed"]][:3] == [
        "every row alike", "by amount", "each customer alike",
    ]  # fmt: skip
    assert told["reference"] == "customer-ecdf"
    assert told["tuned_until"] is None


def test_windows_that_make_no_sense_are_refused(books):
    day = START + 80
    with pytest.raises(InputError, match="leave --train-as-of out"):
        backtest(books, rolling=ROLLING, train_as_of=day)
    with pytest.raises(InputError, match="either"):
        backtest(books, rolling=ROLLING, issued_between=(day, day))
    with pytest.raises(InputError, match="count twice"):
        backtest(books, rolling=RollingWindow(day, day + 60, 10, test_days=20))
    with pytest.raises(InputError, match="at least 1"):
        backtest(books, rolling=RollingWindow(day, day, 10, test_days=0))
    with pytest.raises(InputError, match="FIRST:LAST:STEP"):
        backtest(books, rolling=RollingWindow(day, day - 1, 10, test_days=5))
    with pytest.raises(InputError, match="--train-as-of"):
        backtest(books, issued_between=(day, day + 5))


def test_a_range_without_rows_leaves_an_older_file_as_it_was(books, tmp_path):
    out = tmp_path / "old.parquet"
    out.write_bytes(b"old")
    asked = {"train_as_of": START + 100, "issued_between": (START + 900, START + 901)}
    with pytest.raises(InputError, match="no invoice to score"):
        backtest(books, **asked, out=out)
    assert out.read_bytes() == b"old"


def test_sizes_of_customers_are_those_known_at_each_as_of(books, rolled):
    rows = rolled[0].comparison.rows
    for row in rows.groupby("as_of").head(1).itertuples():
        settled = books.as_of(row.as_of).settled_invoices()
        sold = settled["sold_on"] <= settled["paid_on"]
        known = ((settled["customer_id"] == row.customer_id) & ~sold).sum()
        assert row.n_settled == known
    assert np.asarray(rows["n_settled"]).max() > 0

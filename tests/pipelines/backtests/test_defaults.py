"""Default risk backtested on a made-up company, and at the command line."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import iso
from payrisk.cli import run
from payrisk.errors import InputError
from payrisk.learning.default_risk.fit import BEHAVIOUR, LEAST_EVENTS, fit_default_risk
from payrisk.learning.default_risk.landmarks import Landmark, PastMornings, fit_roll_up
from payrisk.learning.judging.judge_default import landmarks_on, score_landmark
from payrisk.ledger import DefaultRule, Ledger
from payrisk.ledger.stored import storage
from payrisk.settings import Settings
from payrisk.simulate import simulate
from payrisk_models import spec
from payrisk_pipelines.backtests.defaults import backtest_default_risk
from support.home.mlflow_store import learn_little

pytestmark = pytest.mark.long

LATE = DefaultRule(days=4, share=0.0, minimum=1, cure_days=1)
HORIZON = 60


@pytest.fixture(scope="module", autouse=True)
def fewer_rounds():
    """Curves that are quick to fit; what is proved here does not rest on how good they are."""
    with pytest.MonkeyPatch.context() as patch:
        learn_little(patch)
        yield


@pytest.fixture(scope="module")
def books():
    return Ledger.from_tables(simulate(90, 16, 11).tables)[0]


@pytest.fixture(scope="module")
def days(books):
    """Three mornings to learn from, each 30 days apart, and one to score."""
    test = books.default_as_of - HORIZON - 5
    return [test - HORIZON - 30 * i for i in range(3)], test


@pytest.fixture(scope="module")
def home(books, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    storage.save(books, home)
    return home


@pytest.fixture(scope="module")
def found(books, days, home, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "risks.parquet"
    asked = {"horizon_days": HORIZON, "default_days": LATE.days, "default_rule": "any"}
    settings = Settings.read(home=home)
    return backtest_default_risk(settings, days[0], [days[1]], out=out, ledger=books, **asked), out


@pytest.fixture(scope="module")
def landmarks(books, days):
    chosen = replace(spec("default-risk"), rule=LATE, horizon_days=HORIZON)
    return landmarks_on(chosen, spec("days-to-pay"), books, [*days[0], days[1]])


def test_every_part_stands_beside_it_on_the_same_rows(found):
    one, _ = found
    assert one.models[:4] == ("default-risk", "curve-roll-up", "boosting", "linear")
    assert {"base-rate", "woe-scorecard", "logistic", "late-share"} <= set(one.models)
    table = one.table().set_index("model")
    assert {"auc", "gini", "ks", "brier", "log_loss", "ece", "slope", "level"} <= set(table)
    assert set(table["n"]) == {float(len(one.rows))}
    assert table.loc["default-risk", "log_loss"] < table.loc["base-rate", "log_loss"]


def test_the_file_holds_a_row_a_model_and_customer(found):
    one, out = found
    rows = pd.read_parquet(out)
    assert list(rows) == ["customer_id", "as_of", "probability", "outcome", "model"]
    ours = rows[rows["model"] == "default-risk"]
    assert len(ours) == len(one.rows) == one.counts["customers"].sum()
    assert set(rows["outcome"]) == {0, 1}
    assert ours["probability"].between(0, 1).all()


def test_bands_count_everybody_once_and_capture_every_default(found):
    bands = found[0].bands()
    assert bands["n"].sum() == len(found[0].rows)
    assert bands["captured"].iloc[-1] == pytest.approx(1.0)
    assert bands["mean_probability"].is_monotonic_decreasing


def test_customers_there_already_are_dropped_and_counted(found, books, days):
    counts = found[0].counts.iloc[0]
    there = books.as_of(days[1]).in_default(LATE)
    assert counts["in_default_already"] > 0
    assert not there & set(found[0].rows["customer_id"])


def test_a_test_morning_learns_only_from_horizons_that_had_passed(books, days, home):
    settings = Settings.read(home=home)
    asked = {"horizon_days": HORIZON, "default_days": 4, "default_rule": "any", "ledger": books}
    late = days[1] - HORIZON + 1
    with pytest.raises(InputError, match="No training morning lies 60 days before"):
        backtest_default_risk(settings, [late], [days[1]], **asked)
    with pytest.raises(InputError, match="ledger ends before 60 days"):
        backtest_default_risk(settings, days[0], [books.default_as_of - 10], **asked)
    with pytest.raises(InputError, match="choose material or any"):
        backtest_default_risk(settings, days[0], [days[1]], default_rule="some", ledger=books)


def test_the_fit_learns_shifts_k_and_level_from_the_past(landmarks):
    *past, then = landmarks
    model = fit_default_risk(then.history, past, then.curves, LATE, HORIZON)
    assert model.n_events >= LEAST_EVENTS
    assert model.trees
    assert model.longest_matured_days == HORIZON
    seen = PastMornings.of(then.history, past, LATE, HORIZON, BEHAVIOUR)
    said = model.score_rows(seen.rows)["score"].to_numpy()
    expected = (1 / (1 + np.exp(-said))).sum()
    assert expected == pytest.approx(seen.bad.sum(), rel=0.25)
    (risk,) = model.risks(then.history, then.customer_ids[:1])
    assert not risk.is_extrapolated
    (risk,) = model.risks(then.history, then.customer_ids[:1], HORIZON + 1)
    assert risk.is_extrapolated


def test_the_same_past_gives_the_same_bits_in_any_order(landmarks):
    *past, then = landmarks
    one = fit_default_risk(then.history, past, then.curves, LATE, HORIZON)
    two = fit_default_risk(then.history, past, then.curves, LATE, HORIZON)
    assert one.to_files() == two.to_files()


def test_too_few_defaults_leave_the_roll_up_alone(landmarks):
    *past, then = landmarks
    hard = DefaultRule(days=200)
    past = [Landmark.at(one.history, one.curves, hard) for one in past]
    model = fit_default_risk(then.history, past, then.curves, hard, HORIZON)
    assert (model.trees, model.linear, model.names) == ("", None, ())
    assert model.behaviour_shares == (1.0, 0.0)


def test_the_roll_up_says_as_many_as_came_on_past_mornings(landmarks):
    *past, then = landmarks
    seen = PastMornings.of(then.history, past, LATE, HORIZON)
    roll_up = fit_roll_up(then.history, seen, then.curves, LATE, HORIZON)
    assert roll_up.level == pytest.approx((seen.bad.sum() + 3) / (seen.expected + 3), rel=1e-6)


def test_customers_under_prepayment_or_on_hold_are_left_out_and_marked(books, days):
    tables, then = dict(books.tables), books.as_of(days[1])
    ids = Landmark.at(then, None, LATE).customer_ids[:2]
    more = pd.DataFrame(
        {
            "customer_id": ids,
            "name": ["terms", "blocked"],
            "value": ["Prepayment", "yes"],
            "valid_on": days[1] - 9,
            "recorded_on": days[1] - 9,
        }
    )
    tables["attributes"] = pd.concat([tables["attributes"], more], ignore_index=True)
    known = Ledger.from_tables(tables)[0].as_of(days[1])
    model = fit_default_risk(known, [], spec("days-to-pay").fit_sketch(known), LATE, HORIZON)
    landmark = Landmark.at(known, model.roll_up.curves, LATE)
    assert landmark.n_treated == 2
    assert not set(ids) & set(landmark.customer_ids)
    treated = [risk.treated for risk in model.risks(known, ids)]
    assert treated == ["prepayment", "on hold"]
    assert set(score_landmark(model, landmark, known)["customer_id"]) == set(landmark.customer_ids)


def test_the_command_prints_tables_and_takes_mornings_one_after_another(capsys, home, days):
    mornings = [iso(day) for day in days[0][:2]]
    words = ["--home", str(home), "backtest", "default-risk", "--train-as-of", *mornings]
    words += ["--test-as-of", iso(days[1]), "--horizon-days", str(HORIZON)]
    words += ["--default-days", "4", "--default-rule", "any", "--json"]
    assert run(words) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["metrics"]["default-risk"]["n"] > 50
    assert said["mornings"][0]["learned_from"] == ", ".join(sorted(mornings))

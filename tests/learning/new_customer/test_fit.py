from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.calendar import NEVER
from payrisk.features.catalogue.application import application_rows, parse_fields
from payrisk.learning.measuring.risk_metrics import auc
from payrisk.learning.new_customer.applications import applications_of
from payrisk.learning.new_customer.calibration import RECENT_DAYS, level_shift, shrunk_rate
from payrisk.learning.new_customer.fit import fit_applicant
from payrisk.learning.new_customer.folds import folds_of, in_order
from payrisk.learning.new_customer.own_applications import own_applications
from payrisk.ledger import DefaultRule, Ledger
from payrisk.scoring.log_odds import Z_90
from payrisk.simulate import simulate
from payrisk.simulate.world.world import World
from support.credit.past_applications import made, mapping, table


@pytest.fixture(scope="module")
def model():
    return fit_applicant(table())


def one(**said):
    """A row of an ordinary applicant, with what is told otherwise."""
    fields = {"score": 600.0, "debt": 2.0, "sector": "004100"} | said
    return [{name: value for name, value in fields.items() if value is not None}]


def log_odds(model, **said):
    return float(model.log_odds(model.rows(one(**said)))[0])


def test_neither_the_order_of_rows_nor_that_of_columns_changes_a_bit(model):
    raw = made()
    shuffled = raw.sample(frac=1, random_state=3)[list(raw.columns[::-1])]
    other = {
        "date": "applied_on",
        "numeric": ["debt", "score"],
        "categorical": ["sector"],
    }
    again = fit_applicant(applications_of(shuffled, mapping(columns=other)))
    assert again.to_files() == model.to_files()


def test_it_comes_back_from_its_files(model):
    back = type(model).from_files(model.to_files())
    rows = table(50, 7).frame
    assert back.predict(rows) == model.predict(rows)
    assert back.to_files() == model.to_files()
    assert (back.standard_error(rows) == model.standard_error(rows)).all()


def test_contributions_add_up_to_the_log_odds(model):
    rows = table(80, 5).frame
    parts = model.contributions(rows)
    assert parts.shape == (80, len(model.names) + 1)
    assert np.abs(parts.sum(axis=1) - model.log_odds(rows)).max() < 1e-9
    for risk in model.risks_of(one() + one(score=None), 19_000, 365, ["A", "B"]):
        odds = np.log(risk.probability / (1 - risk.probability))
        assert sum(reason.contribution for reason in risk.reasons) == pytest.approx(odds, abs=1e-9)
        assert risk.low < risk.probability < risk.high


def test_it_ranks_better_than_any_single_input(model):
    new = table(3000, 99)
    own = auc(model.log_odds(new.frame), new.bad)
    assert own > auc(-new.frame["score"].fillna(600).to_numpy(), new.bad)
    assert own > auc(new.frame["debt"].to_numpy(), new.bad)


@settings(max_examples=40, deadline=None)
@given(score=st.floats(300, 900), more=st.floats(0, 300), debt=st.floats(0, 12))
def test_more_of_what_is_good_never_costs_and_more_of_what_is_bad_never_helps(
    model, score, more, debt
):
    assert log_odds(model, score=score + more, debt=debt) <= log_odds(
        model, score=score, debt=debt
    )
    assert log_odds(model, score=score, debt=debt + more) >= log_odds(
        model, score=score, debt=debt
    )


def test_taking_an_adverse_cause_away_moves_the_score_down(model):
    bad = one(debt=9.0)
    parts = dict(zip(model.names, model.contributions(model.rows(bad))[0], strict=False))
    assert max(parts, key=parts.get) == "debt"
    assert log_odds(model, debt=9.0) - log_odds(model, debt=0.5) > parts["debt"] / 2 > 0


def test_an_unseen_category_is_near_its_parent_and_finite(model):
    code = next(one for one in model.encoding.inputs if one.name == "sector")
    base = model.encoding.base
    assert code.cuts == (2, 4)
    seen = code.rate("004100", base)
    assert code.rate("0041999", base) == code.rate("0041zz", base)  # both only by their parents
    assert abs(code.rate("004199", base) - seen) < 0.15
    assert code.rate("99xxxx", base) == base
    assert np.isfinite(log_odds(model, sector="99xxxx"))
    assert model.out_of_range(one(sector="99xxxx")[0]) == ["sector"]


def test_a_special_value_is_a_signal_of_its_own_and_no_number():
    raw = made(1500, 4)
    said = raw["score"] == "-9"
    raw.loc[said, "outcome"] = np.where(np.arange(said.sum()) % 4, "lost", "paid")
    model = fit_applicant(applications_of(raw, mapping()))
    assert log_odds(model, score=-9) > log_odds(model, score=None) + 0.5
    assert log_odds(model, score="-9.0") == log_odds(model, score=-9)
    assert model.out_of_range(one(score=-9)[0]) == []
    assert model.out_of_range(one(score=-800)[0]) == ["score"]


def test_the_bounds_are_wider_where_much_is_missing(model):
    def width(**said):
        risk = model.risks_of(one(**said), 19_000, 365, ["A"])[0]
        low, high = (np.log(p / (1 - p)) for p in risk.bounds)
        return high - low

    assert width() < width(debt=None) < width(debt=None, score=None)
    little = fit_applicant(table(250))
    rows = table(200, 8).frame
    assert np.median(little.standard_error(rows)) > np.median(model.standard_error(rows))


# -- level ---------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(30, 400), level=st.floats(-4, 1))
def test_after_the_shift_the_mean_chance_is_the_shrunk_recent_rate(seed, n, level):
    rng = np.random.default_rng(seed)
    said, dated = rng.normal(-2, 1, n), rng.integers(10_000, 11_200, n)
    bad = rng.random(n) < 1 / (1 + np.exp(-(said + level)))
    shift, (recent, gone, expected) = level_shift(said, bad, dated)
    late = dated > dated.max() - RECENT_DAYS
    assert (recent, gone) == (late.sum(), bad[late].sum())
    mean = (1 / (1 + np.exp(-(said[late] + shift)))).mean()
    assert mean == pytest.approx(shrunk_rate(recent, gone, expected), abs=1e-9)


def test_without_dates_the_level_is_left_alone():
    days = np.full(40, NEVER)
    assert level_shift(np.zeros(40), np.arange(40) % 2 == 0, days)[0] == 0.0


def test_the_level_follows_the_recent_ones():
    old, late = made(900, 1, days=500), made(500, 2, level=-0.4, first="2021-06-01", days=200)
    moved = fit_applicant(applications_of(pd.concat([old, late]), mapping()))
    new = applications_of(made(3000, 3, level=-0.4), mapping())
    without = moved.shift_level(0.0, (0, 0, 0.0))
    gap = abs(np.mean(moved.predict(new.frame)) - new.bad.mean())
    assert moved.shift > 0.2
    assert gap < 0.6 * abs(np.mean(without.predict(new.frame)) - new.bad.mean())


# -- little data, folds --------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [[], [0, 1, 2], range(40)])
def test_with_too_little_everybody_gets_the_shrunk_rate(rows):
    few = in_order(table(300))
    few = few.take(np.array(rows, dtype=np.int64))
    few = replace(few, bad=np.arange(len(few)) < 3)
    model = fit_applicant(few)
    expected = (few.n_bad + 1) / (len(few) + 50)
    assert model.predict(table(5).frame) == pytest.approx([expected] * 5)
    risk = model.risks_of(one(), 19_000, 365, ["A"])[0]
    assert risk.low < expected < risk.high


def test_groups_are_never_parted_and_bad_ones_spread():
    raw = made(600).assign(owner=[f"g{at % 50}" for at in range(600)])
    grouped = in_order(
        applications_of(
            raw, mapping(columns={"numeric": ["debt"], "group": "owner"}, missing={}, monotone={})
        )
    )
    fold = folds_of(grouped, 0)
    assert set(pd.Series(fold).groupby(grouped.group).nunique()) == {1}
    alone = in_order(table(600))
    rates = pd.Series(alone.bad).groupby(folds_of(alone, 0)).mean()
    assert rates.max() - rates.min() < 0.02


# -- where the truth is known


def known_truth(n, seed):
    """A table whose true log-odds are known."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 6))
    odds = (
        -2.5 + 0.8 * x[:, 0] - 0.6 * x[:, 1] + 0.5 * x[:, 2] * x[:, 3] + 0.4 * np.sin(2 * x[:, 4])
    )
    raw = pd.DataFrame(x, columns=[f"x{at}" for at in range(6)])
    raw["outcome"] = np.where(rng.random(n) < 1 / (1 + np.exp(-odds)), "lost", "paid")
    columns = {"numeric": list(raw.columns[:6])}
    said = mapping(columns=columns, missing={}, monotone={"x0": "+", "x1": "-"})
    return applications_of(raw, said), odds


@pytest.mark.parametrize("n", [400, 2500])
def test_most_bounds_hold_the_true_chance(n):
    model = fit_applicant(known_truth(n, 1)[0])
    new, odds = known_truth(2000, 2)
    away = np.abs(model.log_odds(new.frame) - odds) / model.standard_error(new.frame)
    assert 0.8 < (away < Z_90).mean() < 0.99


def test_planted_drift_is_met_by_the_level_of_the_recent_ones():
    made_up = simulate(1500, 48, 1, world=replace(World(), default_drift=0.8))
    ledger = Ledger.from_tables(made_up.tables)[0]
    history = ledger.as_of(ledger.default_as_of - 365)
    moved = fit_applicant(own_applications(history, DefaultRule(), 365))
    truth = made_up.applications_truth.set_index("application_id")
    facts = ledger.tables["applications"].set_index("application_id").loc[truth.index]
    new = (facts["applied_on"] >= history.as_of) & ~truth["is_refused"] & ~truth["is_bust_out"]
    rows = application_rows([parse_fields(text) for text in facts["fields"][new]])
    true = truth["probability_default_365"][new].to_numpy()

    def loss(model):
        said = np.array(model.predict(rows))
        return float(-(true * np.log(said) + (1 - true) * np.log(1 - said)).mean())

    assert moved.shift > 0.1
    assert loss(moved) < 0.97 * loss(moved.shift_level(0.0, (0, 0, 0.0)))

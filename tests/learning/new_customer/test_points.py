"""The points card: monotone, whole points, what is printed is what answers, gated like any."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from payrisk.learning.judging.judge_applicants import ApplicantJudge
from payrisk.learning.measuring.risk_metrics import auc
from payrisk.learning.new_customer.applications import applications_of
from payrisk.learning.new_customer.fit_points import fit_points
from payrisk.predictions import DefaultRisk
from payrisk.scoring.log_odds import Z_90, probability_of
from payrisk.scoring.new_customer.points import MISSING, OTHERS, log_odds_of
from payrisk.scoring.new_customer.scorecard import ScorecardModel
from payrisk_models import fit_named, spec
from support.credit.past_applications import made, mapping, table


@pytest.fixture(scope="module")
def model() -> ScorecardModel:
    fitted = fit_points(table())
    assert isinstance(fitted, ScorecardModel)
    return fitted


def attribute(model, name):
    return next(each for each in model.card.attributes if each.column.name == name)


def test_neither_the_order_of_rows_nor_that_of_columns_changes_a_point(model):
    shuffled = made().sample(frac=1, random_state=3)
    columns = {"date": "applied_on", "numeric": ["debt", "score"], "categorical": ["sector"]}
    again = fit_points(applications_of(shuffled, mapping(columns=columns)))
    assert again.to_files() == model.to_files()


def test_it_comes_back_from_its_files(model):
    back = ScorecardModel.from_files(model.to_files())
    rows = table(50, 7).frame
    assert back.predict(rows) == model.predict(rows)
    assert (back.standard_error(rows) == model.standard_error(rows)).all()
    assert back.to_files() == model.to_files()


@pytest.mark.parametrize(("name", "way"), [("score", 1), ("debt", -1)])
def test_the_points_of_a_number_go_one_way_as_its_mapping_says(model, name, way):
    points = [e.points for e in attribute(model, name).bins if e.name.isdigit()]
    assert len(points) > 2
    assert all(step * way >= 0 for step in np.diff(points))
    assert points[0] != points[-1]


def test_without_a_direction_they_go_whichever_way_fits():
    free = fit_points(applications_of(made(), mapping(monotone={})))
    for name, way in (("score", 1), ("debt", -1)):
        points = [e.points for e in attribute(free, name).bins if e.name.isdigit()]
        assert all(step * way >= 0 for step in np.diff(points))


def test_what_is_printed_is_what_answers(model):
    """The chance follows from the printed points alone: looked up by hand, added, converted."""
    rows = table(200, 5).frame
    for nth in range(len(rows)):
        one = rows.iloc[[nth]]
        total = model.card.start
        for each in model.card.attributes:
            (name,) = each.names(one)
            total += each.by_name[name].points if name in each.by_name else round(each.neutral)
        assert total == model.scores(one)[0]
        said = probability_of(log_odds_of(np.array([float(total)])) + model.shift)[0]
        assert model.predict(one)[0] == said


def test_twenty_points_more_are_twice_as_many_good_ones():
    odds = np.exp(-log_odds_of(np.array([600.0, 620.0, 580.0])))
    assert odds == pytest.approx([50.0, 100.0, 25.0])


def test_contributions_are_points_lost_and_add_up_to_the_score(model):
    frame = table(100, 6).frame
    parts = model.contributions(frame)
    assert parts.sum(axis=1) == pytest.approx(model.log_odds(frame), abs=1e-12)
    points = model.card.matrix(frame)
    lost = model.card.neutral - points
    order = np.argsort(-parts[:, :-1], axis=1, kind="stable")
    assert (order == np.argsort(-lost, axis=1, kind="stable")).all()


def test_reasons_say_the_points_beside_the_most_there_are(model):
    fields = {"score": 420.0, "debt": 9.0, "sector": "004100"}
    (risk,) = model.risks_of([fields], 20_000, 365, ["x"])
    assert isinstance(risk, DefaultRisk)
    worst = attribute(model, risk.reasons[0].code)
    assert risk.reasons[0].text.endswith(f"of {worst.most} points.")
    total = sum(reason.contribution for reason in risk.reasons)
    assert total == pytest.approx(np.log(risk.probability / (1 - risk.probability)))


def test_missing_special_and_unseen_answers_have_points_of_their_own(model):
    score, sector = attribute(model, "score"), attribute(model, "sector")
    assert {MISSING, "special -9"} <= set(score.by_name)
    assert OTHERS in sector.by_name
    rows = model.rows([{"score": 600.0, "debt": 2.0, "sector": "never seen"}])
    assert sector.names(rows)[0] == OTHERS


def test_it_ranks_nearly_as_well_as_what_made_the_outcomes_and_its_bounds_hold():
    past, new = table(2_000, 1), table(1_500, 2)
    fitted = fit_points(past)
    assert auc(np.array(fitted.predict(new.frame)), new.bad) > 0.75
    raw = made(1_500, 2)
    score = np.where(raw["score"].isin(["", "-9"]), np.nan, raw["score"].replace("", "nan"))
    true = -1.6 - (score.astype(float) - 600) / 50 + 0.5 * (raw["debt"].astype(float) - 2)
    true += 0.8 * (raw["sector"].astype(int) // 100 < 20)
    known = ~np.isnan(true.to_numpy())
    frame = applications_of(raw, mapping()).frame
    away = np.abs(fitted.log_odds(frame) - true.to_numpy()) / fitted.standard_error(frame)
    assert (away[known] < Z_90).mean() > 0.85


def test_stability_is_nothing_on_training_and_much_on_another_population(model):
    same = {row["attribute"]: row["psi"] for row in model.card.stability(table().frame)}
    assert max(same.values()) == pytest.approx(0.0, abs=1e-12)
    moved = table().frame.assign(debt=9.0)
    found = {row["attribute"]: row["psi"] for row in model.card.stability(moved)}
    assert found["debt"] > 0.25
    assert found["score"] == pytest.approx(0.0, abs=1e-12)


def test_it_is_a_recipe_of_new_customer_held_to_the_same_gates():
    recipe, usual = spec("new-customer", "scorecard"), spec("new-customer")
    assert (recipe.name, recipe.gates) == (usual.name, usual.gates)
    assert recipe.sha != usual.sha
    assert fit_named(recipe.to_json()["fit"]) is fit_points
    judged = ApplicantJudge(recipe, table(2_000)).judge()
    assert judged.verdict.outcome == "passed"
    blind = replace(recipe, fit=lambda given, seed: fit_points(_coin(given), seed))
    assert ApplicantJudge(blind, table(2_000)).judge().verdict.outcome != "passed"


def _coin(given):
    """The same applications, their outcomes dealt anew."""
    return replace(given, bad=np.random.default_rng(0).permutation(given.bad))


def test_too_few_outcomes_give_the_rate_alone():
    few = table().take(np.flatnonzero(~table().bad)[:100])
    assert not isinstance(fit_points(few), ScorecardModel)

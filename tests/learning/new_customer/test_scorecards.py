from __future__ import annotations

import numpy as np
import pytest

from payrisk.learning.measuring.risk_metrics import auc
from payrisk.learning.new_customer.applications import applications_of
from payrisk.learning.new_customer.scorecards import BESIDE, SMOOTHING, fit_scorecard
from support.credit.past_applications import made, mapping, table


def test_the_weight_of_evidence_of_a_bin_by_hand():
    raw = made(400).assign(sector=["a"] * 100 + ["b"] * 300)
    raw["outcome"] = ["lost"] * 50 + ["paid"] * 50 + ["lost"] * 30 + ["paid"] * 270
    columns = {"categorical": ["sector"]}
    card = fit_scorecard(applications_of(raw, mapping(columns=columns, missing={}, monotone={})))
    base = 80.5 / 401
    smoothed = (50 + SMOOTHING * base) / (100 + SMOOTHING)
    expected = np.log(smoothed / (1 - smoothed)) - np.log(base / (1 - base))
    assert card.parts[0].evidence["a"] == pytest.approx(expected)
    assert card.parts[0].evidence["b"] < 0 < card.parts[0].evidence["a"]
    assert card.parts[0].values(applications_of(
        raw.assign(sector="unheard"), mapping(columns=columns, missing={}, monotone={})
    ).frame).tolist() == [0.0] * 400  # fmt: skip


@pytest.mark.parametrize("name", BESIDE)
def test_baselines_rank_and_do_not_depend_on_the_order(name):
    past, new = table(900), table(2000, 5)
    model = BESIDE[name](past)
    said = np.array(model.predict(new.frame))
    assert auc(said, new.bad) > 0.7
    assert ((said > 0) & (said < 1)).all()
    back = BESIDE[name](past.take(np.arange(len(past))[::-1]))
    assert back.predict(new.frame) == model.predict(new.frame)
    assert model.predict(new.frame.head(0)) == []


@pytest.mark.parametrize("name", BESIDE)
def test_baselines_stand_what_is_missing_special_or_unheard_of(name):
    raw = made(300).assign(score="", sector="x")
    raw.loc[0, "score"] = "-9"
    model = BESIDE[name](applications_of(raw, mapping()))
    assert np.isfinite(model.predict(table(50, 3).frame)).all()

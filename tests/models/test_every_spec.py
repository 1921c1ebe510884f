from __future__ import annotations

import numpy as np
import pytest

from payrisk import bundle
from payrisk.errors import ModelError
from payrisk.features import DAILY
from payrisk.learning.days_to_pay.baselines import BASELINES
from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.learning.measuring.curve_metrics import CURVE_METRICS
from payrisk.learning.new_customer.fit import fit_applicant
from payrisk.learning.new_customer.own_applications import own_applications
from payrisk.learning.new_customer.scorecards import BESIDE
from payrisk_models import spec, specs
from support.ledgers.messy import START, messy_ledger

RISK_METRICS = ("auc", "brier", "log_loss")


@pytest.fixture(scope="module")
def history():
    return messy_ledger(5, 120).as_of(START + 150)


def fitted(one, history):
    if one.head == "curves":
        return one.fit_as_served(history)
    if one.head == "applicant":
        return fit_applicant(own_applications(history, one.rule, one.horizon_days))
    curves = spec(one.over).fit_as_served(history)
    return fit_default_risk(history, [], curves, one.rule, one.horizon_days)


def test_an_unknown_name_lists_the_names_there_are():
    with pytest.raises(ModelError, match="days-to-pay, default-risk, new-customer"):
        spec("nope")


@pytest.mark.parametrize("name", specs())
def test_a_spec_says_what_it_is_for_and_what_it_promises(name):
    one = spec(name)
    assert one.name == name
    assert one.purpose.endswith(".")
    assert one.recipe.endswith(".")
    assert one.limits
    assert one.gates
    known = CURVE_METRICS if one.head == "curves" else RISK_METRICS
    for gate in one.gates:
        assert gate.metric in known
        assert not gate.against or gate.against in one.baselines
        assert gate.metric not in {"within_3", "within_7"}  # docs/design.md, 'Curve metrics'
    if one.head == "curves":
        assert set(one.baselines) <= set(BASELINES)
    elif one.head == "applicant":
        assert set(one.baselines) == {"base-rate", *BESIDE}
    else:
        assert spec(one.over).head == "curves"


@pytest.mark.parametrize("name", specs())
def test_a_fitted_spec_speaks_and_comes_back_from_a_bundle(name, history, tmp_path):
    one = spec(name)
    model = fitted(one, history)
    if one.head == "curves":
        subjects = history.open_invoices()
        curves = list(model.curves(history, subjects))
        assert len(curves) == len(subjects)
        reach = np.array([curve.horizon_on for curve in curves])
        assert (reach >= subjects["due_on"].to_numpy() + 120).all()
        assert len(model.availability(history, subjects)) == len(subjects)
        golden = model.rows(history, subjects)
    elif one.head == "applicant":
        fields = [{"bureau_score": 610, "sector": "food"}, {}]
        golden = model.rows(fields)
        risks = model.risks_of(fields, history.as_of, one.horizon_days, ["A", "B"])
        assert [risk.source for risk in risks] == ["application"] * 2
        assert all(risk.reasons for risk in risks)
    else:
        subjects = sorted(history.invoices()["customer_id"].unique())
        risks = model.risks(history, subjects)
        assert [risk.customer_id for risk in risks] == subjects
        assert all(risk.reasons for risk in risks)
        golden = model.rows(history, subjects)
    # covariates of a day are worked out from the frozen counts of the row
    inputs = [f.name for f in model.inputs if f.name not in DAILY]
    assert list(golden.columns[-len(inputs) :]) == inputs
    path = bundle.write(
        tmp_path / "1", name=name, model=model, golden=golden, card={}, card_text="", facts={}
    )
    back = bundle.load(path, trial_seconds=0).model
    assert back.to_files() == model.to_files()
    assert back.predict(golden) == model.predict(golden)


@pytest.mark.parametrize("name", specs())
def test_the_same_history_gives_the_same_model_text(name):
    texts = {
        str(fitted(spec(name), messy_ledger(5, 120).as_of(START + 150)).to_files())
        for _ in range(2)
    }
    assert len(texts) == 1

"""A simulated bust-out raises its probability of default long before its first 90-day arrear."""

from __future__ import annotations

import pytest

from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.ledger import DefaultRule, Ledger
from payrisk.simulate import simulate
from payrisk.simulate.world.world import World
from payrisk_models import spec
from support.home.mlflow_store import learn_little

RULE, HORIZON = DefaultRule(), 180


@pytest.fixture(scope="module")
def risen():
    """(before it stopped, 30 days before its arrear) probabilities of each bust-out."""
    made = simulate(50, 16, 7, world=World(bust_out_share=0.25))
    books = Ledger.from_tables(made.tables)[0]
    spells = books.as_of(books.default_as_of).defaults(RULE)
    arrear_on = spells.groupby("customer_id")["default_on"].min()
    half = books.as_of(books.default_as_of - 200)
    with pytest.MonkeyPatch.context() as patch:
        learn_little(patch)
        curves = spec("days-to-pay").fit_sketch(half)
    model = fit_default_risk(half, [], curves, RULE, HORIZON)
    truth = made.customers_truth
    meant = truth[truth["is_bust_out"] & truth["customer_id"].isin(arrear_on.index)].head(6)
    found = []
    for customer, stops_on in zip(meant["customer_id"], meant["stops_on"], strict=True):
        mornings = (int(stops_on) - 5, int(arrear_on[customer]) - 30)
        risks = [model.risks(books.as_of(day), [customer])[0] for day in mornings]
        assert not any(risk.is_in_default for risk in risks)
        found.append([risk.probability for risk in risks])
    return found


def test_it_is_raised_before_the_first_arrear(risen):
    assert len(risen) >= 4
    for before, near in risen:
        assert near > before
        assert near > 0.5

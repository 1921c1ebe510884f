from __future__ import annotations

import numpy as np
import pytest

from payrisk.errors import InputError
from payrisk.learning.new_customer.applications import applications_of
from payrisk.learning.new_customer.leaks import require_no_leak, single_aucs, suspects
from payrisk.simulate import simulate
from support.credit.past_applications import made, mapping

WITH_LOSS = {"numeric": ["score", "debt", "loss"], "categorical": ["sector"]}


@pytest.fixture(scope="module")
def leaky():
    return applications_of(made(800), mapping(columns=WITH_LOSS))


def test_what_was_written_down_afterwards_stops_the_training(leaky):
    found = suspects(leaky)
    assert [one.name for one in found] == ["loss"]
    assert found[0].alone > 0.99
    assert found[0].rest < 0.85
    with pytest.raises(InputError, match="'loss' alone separates .* --allow-leak 'loss'"):
        require_no_leak(leaky, ())


def test_it_may_be_allowed_by_name_only(leaky):
    assert [one.name for one in require_no_leak(leaky, {"loss"})] == ["loss"]
    with pytest.raises(InputError, match="'loss' alone"):
        require_no_leak(leaky, {"debt"})
    with pytest.raises(InputError, match="no input of the mapping"):
        require_no_leak(leaky, {"loss", "losses"})


def test_a_date_that_is_only_there_when_it_went_wrong_is_a_leak():
    raw = made(800)
    raw["charged_off_on"] = np.where(raw["outcome"] == "lost", raw["applied_on"], "")
    columns = {"numeric": ["score", "debt"], "categorical": ["charged_off_on"]}
    assert [one.name for one in suspects(applications_of(raw, mapping(columns=columns)))] == [
        "charged_off_on"
    ]


def test_honest_inputs_are_not_suspected():
    raw = made(2000, 3)
    honest = applications_of(raw, mapping())
    assert max(single_aucs(honest).values()) > 0.7
    assert suspects(honest) == []


def test_the_strong_score_of_a_bureau_is_not_suspected():
    rng = np.random.default_rng(2)
    raw = made(2000, 3)
    bad = (raw["outcome"] == "lost").to_numpy()
    raw["score"] = (600 + rng.normal(0, 1, 2000) * 50 - 45 * bad).round(2).astype(str)
    found = applications_of(raw, mapping(missing={}))
    assert 0.7 < single_aucs(found)["score"] < 0.8
    assert suspects(found) == []


def test_the_simulator_plants_no_leak():
    from payrisk.learning.new_customer.own_applications import own_applications
    from payrisk.ledger import DefaultRule, Ledger

    ledger = Ledger.from_tables(simulate(700, 30, 3).tables)[0]
    own = own_applications(ledger.as_of(ledger.default_as_of), DefaultRule(), 365)
    assert own.n_bad >= 20
    assert suspects(own) == []

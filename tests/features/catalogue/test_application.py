from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from payrisk.features.catalogue.application import (
    APPLICATION,
    FIELDS,
    application_rows,
    invalid_fields,
)
from payrisk.learning.new_customer.protected import protected_trait
from payrisk.simulate import simulate

FULL = {
    "bureau_score": 610,
    "turnover": 1_000_000_00,
    "requested_limit": 20_000_00,
    "expected_monthly_sales": 10_000_00,
    "net_worth": -50_000_00,
    "n_employees": 10,
    "has_vat": True,
    "sector": "food",
}


def test_ratios_by_hand():
    row = application_rows([FULL]).iloc[0]
    assert row["application__limit_to_turnover"] == 0.02
    assert row["application__limit_to_sales"] == 2.0
    assert row["application__net_worth_to_turnover"] == -0.05
    assert row["application__has_vat"] == 1.0
    assert row["application__sector"] == "food"
    assert np.isnan(row["application__years_trading"])
    assert row["application__email_domain"] == ""


@given(rate=st.floats(0.01, 100))
def test_what_money_is_counted_in_does_not_move_a_ratio(rate):
    money = ("turnover", "requested_limit", "expected_monthly_sales", "net_worth")
    other = FULL | {name: FULL[name] * rate for name in money}
    one, two = application_rows([FULL, other]).to_dict("records")
    for name, value in one.items():
        if "_to_" in name:
            assert abs(value - two[name]) < 1e-9


def test_nothing_protected_is_an_input():
    read = {field for fields in FIELDS.values() for field in fields}
    assert not read & {"country", "is_natural_person", "name", "currency"}
    assert not [field for field in read if protected_trait(field)]


def test_every_field_of_the_simulator_is_read_or_left_out_on_purpose():
    fields = json.loads(simulate(20, 6, 1).tables["applications"]["fields"].iloc[0])
    read = {field for own in FIELDS.values() for field in own}
    assert set(fields) - read == {"currency", "country", "is_natural_person"}


def test_impossible_values_are_missing_and_named():
    odd = FULL | {"bureau_score": -5, "n_references": -1, "turnover": 0}
    row = application_rows([odd]).iloc[0]
    assert np.isnan(row["application__bureau_score"])
    assert np.isnan(row["application__limit_to_turnover"])
    assert invalid_fields(odd) == ["bureau_score", "n_references"]
    assert invalid_fields(FULL) == []


def test_each_is_documented():
    assert len({feature.name for feature in APPLICATION}) == len(APPLICATION)
    for feature in APPLICATION:
        assert feature.meaning.endswith(".")
        assert feature.name.startswith("application__")

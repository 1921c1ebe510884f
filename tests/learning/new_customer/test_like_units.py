from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from payrisk.learning.new_customer.folds import fit_encoding
from payrisk.learning.new_customer.like_units import with_ratios
from payrisk.scoring.new_customer.encoding import Input, InputEncoder
from support.credit.past_applications import table


@pytest.fixture
def amounts():
    """Applications with an amount, what of it is guaranteed, a count of heads and a code."""
    rng = np.random.default_rng(0)
    n = 200
    asked = rng.lognormal(10, 1, n)
    frame = pd.DataFrame(
        {
            "asked": asked,
            "guaranteed": asked * rng.choice([0.5, 0.75, 0.85], n),
            "heads": rng.integers(1, 40, n).astype(np.float64),
            "code": rng.choice(["a", "b"], n).astype(object),
        }
    )
    names = ("asked", "code", "guaranteed", "heads")
    inputs = tuple(Input(name, "category" if name == "code" else "number") for name in names)
    return replace(table(n), frame=frame[list(names)], inputs=inputs)


def test_money_is_divided_by_money_and_by_nothing_else(amounts):
    over = {column.name: column.over for column in with_ratios(amounts).inputs}
    assert over == {"asked": (), "code": (), "guaranteed": ("asked",), "heads": ()}


def test_a_ratio_stands_in_a_column_beside_its_own_input(amounts):
    frame = amounts.frame.copy()
    frame.loc[0, "asked"] = 0.0
    frame.loc[1, "asked"] = np.nan
    encoding = fit_encoding(with_ratios(amounts))
    assert [encoding.inputs[at].name for at in encoding.input_of_column] == [
        "asked",
        "code",
        "guaranteed",
        "guaranteed",
        "heads",
    ]
    ratio = encoding.matrix(frame)[:, 3]
    assert np.isnan(ratio[:2]).all()
    assert ratio[2:] == pytest.approx(frame["guaranteed"][2:] / frame["asked"][2:])
    back = InputEncoder(
        tuple(Input.from_json(column.to_json()) for column in encoding.inputs), encoding.base
    )
    assert np.array_equal(back.matrix(frame), encoding.matrix(frame), equal_nan=True)


def test_the_houses_own_applications_and_tables_of_ratios_get_none(amounts):
    assert with_ratios(replace(amounts, is_own=True)).inputs == amounts.inputs
    asked = amounts.frame["asked"]
    many = pd.DataFrame({f"part{at}": asked for at in range(5)})
    inputs = tuple(Input(name, "number") for name in many)
    assert with_ratios(replace(amounts, frame=many, inputs=inputs)).inputs == inputs

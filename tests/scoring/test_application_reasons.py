"""An applicant's amounts are told as money of its own currency."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from payrisk.features.catalogue.application import APPLICATION
from payrisk.scoring.new_customer.encoding import Input, InputEncoder
from payrisk.scoring.new_customer.reasons import application_reasons

NAME = "application__log_turnover"


class Explained(NamedTuple):
    """A model of one input, as the reasons read it."""

    encoding: InputEncoder
    counts: tuple[int, int] = (100, 2)
    shift: float = 0.0
    level: tuple[int, int, float] = (0, 0, 0.0)


@pytest.mark.parametrize(
    ("currency", "words"), [("EUR", "about 4,000,000 EUR"), ("JPY", "about 400,000,000 JPY")]
)
def test_a_turnover_is_told_in_the_decimals_of_its_currency(currency, words):
    entry = next(f for f in APPLICATION if f.name == NAME)
    model = Explained(InputEncoder((Input(NAME, "number", entry=entry),), 0.02))
    row = {NAME: np.log(400_000_000)}
    told = application_reasons(model, row, np.array([0.1, -3.0]), currency)[0].text
    assert words in told
    assert "cents" not in told

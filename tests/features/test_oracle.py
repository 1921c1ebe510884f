"""Every feature of every kind of moment equals what plain Python reads from the raw rows."""

from __future__ import annotations

import os

import pytest

from features.comparing import compare
from features.messier import messier_ledger
from features.oracle_daily import ORACLE_DAILY
from features.oracle_table import ORACLE
from payrisk.features import CATALOGUE, DAILY

LEDGERS = 2_000 if os.environ.get("PAYRISK_FULL") else 56
SIZES = (8, 15, 25, 35, 50)


def test_every_feature_of_the_catalogue_has_a_definition_here():
    assert set(CATALOGUE) == set(ORACLE)
    assert set(DAILY) == set(ORACLE_DAILY)


@pytest.mark.parametrize("part", range(4))
def test_features_equal_the_plain_reading(part):
    for seed in range(part, LEDGERS, 4):
        found = compare(messier_ledger(seed, SIZES[seed % 5]), seed)
        assert found.different == [], f"ledger {seed}"

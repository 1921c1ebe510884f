"""Every feature of every kind of moment equals what plain Python reads from the raw rows."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.features import CATALOGUE, DAILY
from support.full import FULL
from support.ledgers.messier import messier_ledger
from support.oracle.comparing import compare, moments, morning, same
from support.oracle.oracle import View
from support.oracle.oracle_daily import ORACLE_DAILY
from support.oracle.oracle_table import ORACLE
from support.oracle.oracle_terms import is_plain, read, term_of
from support.oracle.plain_facts import Facts

LEDGERS = 2_000 if FULL else 16
SIZES = (8, 15, 25, 35, 50)


def test_every_feature_of_the_catalogue_has_a_definition_here():
    assert set(ORACLE) <= set(CATALOGUE)
    # a new one may do with its term read plainly; what that cannot read needs a line in the table
    assert [n for n in set(CATALOGUE) - set(ORACLE) if not is_plain(term_of(n))] == []
    assert set(DAILY) == set(ORACLE_DAILY)


@pytest.mark.parametrize("part", range(4))
def test_features_equal_the_plain_reading(part):
    for seed in range(part, LEDGERS, 4):
        found = compare(messier_ledger(seed, SIZES[seed % 5]), seed)
        assert found.different == [], f"ledger {seed}"


def test_a_term_read_plainly_is_what_the_table_says():
    plain = [name for name in CATALOGUE if is_plain(term_of(name))]
    assert len(plain) > 40
    for seed in range(3):
        one = messier_ledger(seed, 25)
        facts, kept = Facts(one), {}
        for _, _, own in moments(one, facts, kept, np.random.default_rng(seed)):
            for moment in own:
                view = View(morning(facts, kept, moment.as_of), moment)
                for name in plain:
                    assert same(read(term_of(name), view), float(ORACLE[name](view))), name

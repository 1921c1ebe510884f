"""A table of days says what a search would, for every moment and window."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.features import LedgerStreams, Moments, build
from payrisk.features.streams import day_index
from payrisk.features.streams.day_index import FURTHEST, DayIndex
from payrisk.features.streams.keys import pack_keys
from support.ledgers.messier import messier_ledger

PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(-900, 900)), max_size=60)


@given(PAIRS, PAIRS, st.integers(0, FURTHEST - 1))
def test_a_table_is_a_search(items, moments, back):
    keys = np.sort(np.array([pack_keys(e, d) for e, d in items], dtype=np.int64))
    asked = sorted(moments)
    entity, morning = (np.array(c, dtype=np.int64) for c in (zip(*asked) if asked else [[]] * 2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(day_index, "MOST_CELLS", 10**9)
        found = DayIndex.of(entity, morning)
    if not len(entity):
        assert found is None
        return
    expected = np.searchsorted(keys, pack_keys(entity, morning - back))
    assert found.places(keys)[found.cell - (back + 1)].tolist() == expected.tolist()


def test_nobody_and_too_many_days_are_searched():
    nobody, known = np.array([-1, 0]), np.array([0, 0])
    assert DayIndex.of(nobody, np.array([5, 5])) is None
    assert DayIndex.of(known, np.array([0, 10**6])) is None
    assert DayIndex.of(known[:0], known[:0]) is None


@pytest.mark.parametrize("seed", range(4))
def test_features_have_the_same_bits_either_way(seed, monkeypatch):
    ledger = messier_ledger(seed, 60)
    moments = Moments.at_issue(ledger)
    said = []
    for cells in (0, 10**9):
        monkeypatch.setattr(day_index, "MOST_CELLS", cells)
        said.append(build(LedgerStreams(ledger), moments).values)
    assert np.array_equal(*said, equal_nan=True)

"""One moment online reads, bit for bit, what a matrix says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.features import LedgerStreams, Moments, build
from payrisk.features.computing.arithmetic import BLOCKS, ONE
from payrisk.features.computing.online import Online
from support.ledgers.messier import messier_ledger

NUMBERS = st.floats(-1e6, 1e6) | st.just(float("nan")) | st.just(0.0)


@pytest.mark.parametrize("seed", range(6))
def test_online_is_the_matrix(seed):
    ledger = messier_ledger(seed, 40)
    known = LedgerStreams.of(ledger)
    online = Online(known)
    days = range(ledger.first_day + 1, ledger.default_as_of + 1, 23)
    names = [*ledger.tables["customers"]["customer_id"], "nobody"]
    for moments in (
        Moments.at_issue(ledger),
        Moments.open(ledger, list(days)),
        *(Moments.customers(ledger, names, day) for day in days),
    ):
        matrix = build(known, moments).values
        for row in range(len(moments)):
            one = np.array(list(online.read(moments, row).values()), dtype=np.float32)
            assert one.tobytes() == matrix[:, row].tobytes() or np.array_equal(
                one, matrix[:, row], equal_nan=True
            )


@pytest.mark.parametrize("op", [*sorted(set(ONE) - {"constant", "choose", "runs", "at_least"})])
@given(a=NUMBERS, b=NUMBERS)
def test_plain_numbers_and_blocks_do_the_same_sums(op, a, b):
    n = 1 if op in ("root", "log") else 2
    given_ = (a, b)[:n]
    with np.errstate(all="ignore"):
        block = BLOCKS[op](*(np.array([x]) for x in given_))[0]
    one = ONE[op](*given_)
    assert np.float64(one).tobytes() == np.float64(block).tobytes() or (
        one != one and block != block
    )

"""Partitions give the bits of the whole, in one process or several."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest

from payrisk.features import LedgerStreams, Moments, build
from payrisk.features.computing.partitioned import build_parts
from payrisk.ledger.stored.partitions import split_ledger, write_part
from support.full import FULL
from support.ledgers.messier import messier_ledger

KEY = ["invoice_id", "instalment"]


def whole(ledger):
    moments = Moments.at_issue(ledger)
    table = ledger.tables["invoices"]
    keys = table[KEY].iloc[moments.invoice].reset_index(drop=True)
    return pd.concat([keys, build(LedgerStreams.of(ledger), moments).frame()], axis=1)


def in_parts(ledger, folder, n, run=map):
    for number, tables in enumerate(split_ledger(ledger, n)):
        if len(tables["invoices"]):
            write_part(tables, folder / "parts", number)
    built = build_parts(folder / "parts", folder / "out", Moments.at_issue, run=run)
    assert sum(one.moments for one in built) == len(ledger.tables["invoices"])
    return pd.concat([pd.read_parquet(one.path) for one in built], ignore_index=True)


def assert_same_bits(one, other, names):
    one, other = (frame.sort_values(KEY).reset_index(drop=True) for frame in (one, other))
    assert one[KEY].astype(str).equals(other[KEY].astype(str))
    for name in names:
        a, b = one[name].to_numpy(), other[name].to_numpy()
        assert a.dtype == b.dtype == np.float32
        assert np.array_equal(a, b, equal_nan=True), name


@pytest.mark.parametrize("seed", range(5 if FULL else 2))
def test_any_number_of_parts_gives_the_bits_of_the_whole(seed, tmp_path):
    ledger = messier_ledger(seed, 60)
    expected = whole(ledger)
    names = expected.columns[2:]
    for n in (1, 2, 5):
        found = in_parts(ledger, tmp_path / str(n), n)
        assert_same_bits(found, expected, names)
        assert (found["as_of"] == found["as_of"]).all()


def test_a_process_pool_gives_the_same_bits(tmp_path):
    ledger = messier_ledger(11, 60)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = in_parts(ledger, tmp_path, 3, pool.map)
    expected = whole(ledger)
    assert_same_bits(found, expected, expected.columns[2:])

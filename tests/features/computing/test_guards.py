"""What holds for every feature there is or will be: no future, no fill, no order, no machine."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from payrisk.features import CATALOGUE, DAILY, Feature, LedgerStreams, Moments, build
from payrisk.features.computing.ledger_streams import SHARED, SharedStreams
from payrisk.ledger import Ledger
from payrisk.ledger.facts.completing import with_defaults
from support.full import FULL
from support.ledgers.messier import messier_ledger, messier_tables
from support.oracle.guarding import (
    FUTURES,
    IDS,
    bills_of,
    days_to_try,
    in_parts,
    said,
    shuffled,
    up_to,
)

pytestmark = pytest.mark.long

LEDGERS, SEEDS = (300, 6) if FULL else (1, 2)


@pytest.mark.parametrize("part", range(2))
def test_facts_recorded_from_a_morning_on_move_no_bit_of_it(part):
    for seed in range(part, LEDGERS, 2):
        tables = with_defaults(messier_tables(seed, 24))
        one, _ = Ledger.from_tables(tables)
        for t in days_to_try(tables):
            bills = bills_of(one, t)
            expected = said(one, up_to(one, bills, IDS, t))
            for future, change in FUTURES.items():
                changed = change(tables, t, seed)
                if len(changed["invoices"]):
                    other, _ = Ledger.from_tables(changed)
                    found = said(other, up_to(other, bills, IDS, t))
                    moved = {name for name in found if found[name] != expected[name]}
                    assert moved == set(), (seed, t, future)


def nothing(feature: Feature) -> float:
    """What a feature of nobody's history is: no number of anything is ever made up."""
    if "__n__" in feature.name or "__sum__" in feature.name:
        return 0.0
    # the one share that is drawn to an even one, and says so
    return 0.2 if feature.name.startswith("customer__weekday") else np.nan


@pytest.mark.parametrize("seed", range(SEEDS))
def test_of_an_empty_history_counts_are_nothing_and_means_unknown(seed):
    one = messier_ledger(seed)
    own = [f for f in CATALOGUE.values() if "__shrunk__" not in f.name]
    # what a dated attribute says is known before any document
    dated = [f for f in own if all(term.op != "attribute" for term in f.term.walk())]
    expected = np.array([nothing(feature) for feature in own], dtype=np.float32)
    t = one.default_as_of
    stranger = build(
        LedgerStreams.of(one), Moments.customers(one, ["stranger"], t), [f.name for f in own]
    )
    np.testing.assert_array_equal(stranger.values[:, 0], expected)
    before = one.first_day
    early = build(
        LedgerStreams.of(one), Moments.customers(one, IDS, before), [f.name for f in dated]
    )
    for column in early.values.T:
        np.testing.assert_array_equal(column, [np.float32(nothing(f)) for f in dated])


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_fall_back_is_what_all_customers_did_and_unknown_where_none_did(seed):
    one = messier_ledger(seed)
    names = [name for name in CATALOGUE if "__shrunk__" in name]
    first = build(LedgerStreams.of(one), Moments.customers(one, IDS, one.first_day), names)
    assert np.isnan(first.values).all()
    late = build(
        LedgerStreams.of(one), Moments.customers(one, IDS, one.default_as_of + 400), names
    )
    assert not np.isnan(late.values).any()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_order_of_the_rows_moves_no_bit(seed):
    tables = with_defaults(messier_tables(seed))
    one, other = (Ledger.from_tables(x)[0] for x in (tables, shuffled(tables, seed)))
    t = days_to_try(tables)[1]
    a, b = (said(x, up_to(x, bills_of(one, t), IDS, t)) for x in (one, other))
    assert a == b


def reaches_beyond(feature: Feature) -> bool:
    """Whether a feature reads what customers of other groups did."""
    return any(term.arguments.get("level") in SHARED for term in feature.term.walk())


@pytest.mark.parametrize("seed", range(SEEDS))
def test_one_group_alone_and_with_what_all_share_reads_as_in_the_whole(seed):
    whole = messier_ledger(seed, 40)
    parts = list(in_parts(whole))
    assert seed or len(parts) > 1
    shared = SharedStreams.merged(
        [
            SharedStreams.of(LedgerStreams(part), [*CATALOGUE.values(), *DAILY.values()])
            for part, _ in parts
        ]
    )
    alone = {f.name for f in (*CATALOGUE.values(), *DAILY.values()) if not reaches_beyond(f)}
    assert 90 < len(alone) < len(CATALOGUE) + len(DAILY)
    t = days_to_try(whole.tables)[1]
    for part, ids in parts:
        bills = bills_of(part, t)
        expected = said(whole, up_to(whole, bills, ids, t, open_too=False))
        found = said(part, up_to(part, bills, ids, t, open_too=False))
        moved = {name for name in alone if found[name] != expected[name]}
        assert moved == set()
        together = Ledger(part.tables)
        LedgerStreams.part(together, shared, together.timeline)
        assert said(together, up_to(together, bills, ids, t, open_too=False)) == expected


PROGRAM = """
import hashlib
from support.oracle.guarding import IDS, bills_of, days_to_try, said, up_to
from support.ledgers.messier import messier_ledger
for seed in (1, 2, 5):
    one = messier_ledger(seed, 40)
    t = days_to_try(one.tables)[1]
    told = sorted(said(one, up_to(one, bills_of(one, t), IDS, t)).items())
    print(hashlib.sha256(repr(told).encode()).hexdigest())
"""


def digests(**environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_neither_hash_seed_nor_time_zone_nor_language_nor_threads_move_a_bit():
    usual = digests(PYTHONHASHSEED="0", TZ="UTC", OMP_NUM_THREADS="1")
    assert len(set(usual)) == 3
    other = digests(
        PYTHONHASHSEED="4711", TZ="Pacific/Kiritimati", LC_ALL="C", OMP_NUM_THREADS="2"
    )
    assert other == usual

"""Training and serving: a moment is described alone to the bit as among all others."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import numpy as np

from payrisk.features import LedgerStreams, Moments, build
from payrisk.ledger import Ledger
from payrisk.ledger.facts.completing import with_defaults
from proofs.probing import Probe, ProofRun, Tally
from support.ledgers.messier import messier_tables
from support.oracle.guarding import IDS, bills_of, days_to_try, up_to

INVOICES = 40
Values = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
"""(features, moments)."""


def as_it_is(values: Values) -> Values:
    """What was described."""
    return values


def filled_by_the_mean(values: Values) -> Values:
    """Empty cells filled by the mean of all that was asked together, as is often done."""
    with np.errstate(all="ignore"):
        sums, n = np.nansum(values, axis=1), np.sum(~np.isnan(values), axis=1)
    means = sums / np.maximum(n, 1)
    return np.where(np.isnan(values), means[:, None], values).astype(np.float32)


def _compared(run: ProofRun, prepare: Callable[[Values], Values]) -> Tally:
    n_pairs = n_differ = n_ledgers = n_features = 0
    draw = np.random.default_rng(run.seed)
    for seed in count(run.seed * 1_009):
        if n_pairs >= run.count:
            break
        tables = with_defaults(messier_tables(seed, INVOICES))
        training, _ = Ledger.from_tables(tables)
        serving, _ = Ledger.from_tables(tables)  # another process knows nothing of the first
        streams = LedgerStreams.of(serving)
        n_ledgers += 1
        for day in days_to_try(tables):
            asked = up_to(training, bills_of(training, day), IDS, day)
            together = prepare(build(LedgerStreams.of(training), asked).values)
            n_features = len(together)
            for row in draw.permutation(len(asked))[: run.count - n_pairs]:
                alone = prepare(build(streams, _one(asked, int(row))).values)
                n_differ += not _same_bits(alone[:, 0], together[:, row])
                n_pairs += 1
    return Tally(
        n_pairs,
        n_differ,
        f"{n_pairs:,} moments of {n_ledgers:,} ledgers, all {n_features} features, alone and with"
        f" all others: {n_differ:,} differ",
    )


def _one(asked: Moments, row: int) -> Moments:
    return asked.take(np.array([row]))


def _same_bits(one: Values, other: Values) -> bool:
    """One NaN is as good as another: 0/0 may have a sign."""
    return bool(
        ((one.view(np.int32) == other.view(np.int32)) | (np.isnan(one) & np.isnan(other))).all()
    )


def describe(run: ProofRun) -> Tally:
    """Compare what features say."""
    return _compared(run, as_it_is)


def describe_filled(run: ProofRun) -> Tally:
    """The same where empty cells take the mean of what is asked together."""
    return _compared(run, filled_by_the_mean)


SKEW = Probe(
    "skew", 20_000, 500, describe, describe_filled, "empty cells filled by the mean of a batch",
    twin_count=20, ci=30, lacks="stored decisions replayed",
)  # fmt: skip

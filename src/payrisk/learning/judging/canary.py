"""Canaries of a leak: what a recipe says must not move with the future, and must with the past."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from payrisk.arrays import Floats
from payrisk.errors import LedgerError
from payrisk.learning.judging.gates import Check
from payrisk.ledger import History, Ledger
from payrisk.ledger.stored.partitions import split_ledger

ENOUGH_INVOICES = 3_000
"""Invoices of whole customers that the canaries are tried on."""
BEFORE_DAYS = 45
"""How long before the morning asked about the recipe is fitted."""
STALE_DAYS = 60
"""What was recorded in so many days before a fit must leave its mark on it."""
LEAST_STALE_DAYS = 14
RHYTHM = 3
"""Times the longest pause of the past year that a ledger may be silent."""
EVERYBODY = ("customers", "entities")
"""Tables that are kept whole: documents name what is in them."""

Says = Callable[[Any, History], Floats]


@dataclass(frozen=True)
class Canary:
    """Two trials of a recipe on a few customers of a ledger.

    moved: share of what it says on a morning that changes when everything recorded from that
    morning on is taken out of the ledger, in fitting and in asking, on the worse of two mornings:
    any at all is a leak.
    is_stale: whether the 60 days before a fit left no mark on it.
    """

    moved: float
    is_stale: bool

    @classmethod
    def of(
        cls,
        ledger: Ledger,
        as_of: int,
        fit: Callable[[History], Any],
        say: Says,
        seed: int = 0,
        backdated: Collection[str] = (),
    ) -> Canary:
        """Try `fit` some weeks before as_of, and what `say` makes of the model then and on as_of.

        The ledger often ends on as_of: what is asked on the morning of the fit has later facts to
        peek at. seed: which customers are taken where the ledger has more than enough. backdated:
        attributes that may be read as if known since ever, so that to know them is no peeking.
        """
        some = _some(ledger, seed)
        train = as_of - BEFORE_DAYS
        known = {day: _known(some, day, backdated).as_of(day) for day in (train, as_of)}
        honest, model = fit(some.as_of(train)), fit(known[train])
        moved = max(
            _moved(say(honest, some.as_of(day)), say(model, told)) for day, told in known.items()
        )
        return cls(moved, _is_stale(some, train, fit, honest))

    def checks(self) -> list[Check]:
        """Both as promises."""
        return [
            Check("answers that move with what is recorded later: none (leak)", self.moved, 0.0),
            Check(
                f"fits that their last {STALE_DAYS} days leave unchanged: none (stale data)",
                float(self.is_stale),
                0.0,
            ),
        ]


def honesty(
    ledger: Ledger,
    as_of: int,
    fit: Callable[[History], Any],
    say: Says,
    seed: int = 0,
    backdated: Collection[str] = (),
) -> list[Check]:
    """What a backtest cannot see: the recipe reads no future, and its data are not stale.

    backdated: attributes that were allowed to be read as if known since ever.
    Without the canaries where the ledger is too young to go back to before it began.
    """
    told = freshness(ledger, as_of)
    try:
        return [told, *Canary.of(ledger, as_of, fit, say, seed, backdated).checks()]
    except LedgerError:
        return [told]


def freshness(ledger: Ledger, as_of: int) -> Check:
    """Days without a recorded invoice or payment before as_of, against the ledger's own rhythm.

    Of either, the one that is longest overdue: where payments stop and invoices go on, a model
    learns that nobody pays.
    """
    silences = [_silence(ledger, name, as_of) for name in ("invoices", "credits")]
    (what, silent, bound) = max(silences, key=lambda one: np.nan_to_num(one[1] / one[2], nan=-1.0))
    words = f"days before as_of without a recorded fact ({what}), at most {bound:g}"
    return Check(words, silent, bound)


def _silence(ledger: Ledger, name: str, as_of: int) -> tuple[str, float, float]:
    """The table, its days without a new row, and how many are borne with."""
    days = np.unique(ledger.tables[name]["recorded_on"].to_numpy(dtype=np.int64))
    days = days[days < as_of]
    silent = float(as_of - days[-1] - 1) if len(days) else float("nan")
    pauses = np.diff(days[days >= as_of - 365])
    longest = int(pauses.max()) if len(pauses) else 0
    return name, silent, float(max(LEAST_STALE_DAYS, RHYTHM * longest))


def _some(ledger: Ledger, seed: int) -> Ledger:
    """Whole customers of the ledger, about 3,000 invoices of them."""
    n = len(ledger.tables["invoices"]) // ENOUGH_INVOICES
    if n < 2:
        return ledger
    parts = sorted(split_ledger(ledger, n), key=lambda part: len(part["invoices"]))
    enough = [part for part in parts if len(part["invoices"]) >= ENOUGH_INVOICES // 2]
    some = [part for part in enough if len(part["invoices"]) <= 2 * ENOUGH_INVOICES] or enough[:1]
    return Ledger.from_tables(some[seed % len(some)], ledger.rules)[0]


def _known(ledger: Ledger, day: int, backdated: Collection[str] = ()) -> Ledger:
    """The ledger as if it ended that morning: nothing recorded from the day on."""
    tables = {}
    for name, frame in ledger.tables.items():
        is_kept = frame["recorded_on"].to_numpy(dtype=np.int64) < day
        if name == "attributes":
            is_kept |= frame["name"].isin(list(backdated)).to_numpy()
        tables[name] = frame if name in EVERYBODY else frame[is_kept].reset_index(drop=True)
    return Ledger.from_tables(tables, ledger.rules)[0]


def _moved(with_future: Floats, without: Floats) -> float:
    """Share of the numbers that differ, missing ones being alike."""
    if with_future.shape != without.shape:
        return 1.0
    if not with_future.size:
        return 0.0
    differ = with_future != without
    return float((differ & ~(np.isnan(with_future) & np.isnan(without))).mean())


def _is_stale(ledger: Ledger, train: int, fit: Callable[[History], Any], model: Any) -> bool:
    recorded = ledger.tables["credits"]["recorded_on"].to_numpy(dtype=np.int64)
    if not ((recorded >= train - STALE_DAYS) & (recorded < train)).any():
        return False
    before = train - STALE_DAYS
    if before <= ledger.first_day + STALE_DAYS:
        return False
    return _digest(fit(ledger.as_of(before))) == _digest(model)


def _digest(model: Any) -> str:
    files: dict[str, bytes] = model.to_files()
    parts = [name.encode() + files[name] for name in sorted(files)]
    return hashlib.sha256(b"".join(parts)).hexdigest()

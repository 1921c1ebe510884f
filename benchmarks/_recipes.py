"""Recipes that no gate may let through, made from an honest one, and some truly better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.learning.days_to_pay import fit_hazard
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.days_to_pay.fit_hazard import STATIC, fit_daily_hazard
from payrisk.learning.days_to_pay.person_period import person_period
from payrisk.learning.days_to_pay.sampling import Sampling
from payrisk.ledger import History
from payrisk.predictions import CurveMeaning, PaymentCurves

SAMPLING = {"issues": 4_000, "snapshots": 4_000, "unpaid_rate": 0.25}
SMALL: dict[str, Any] = {"has_money": False, "seeds": 1, "rounds": 60, "sampling": SAMPLING}
"""A recipe of seconds: what is tried here is the gate."""

Fit = Callable[..., Any]


def honest(history: History, **settings: Any) -> Any:
    """The recipe of days-to-pay, small."""
    return fit_daily_hazard(history, **{**SMALL, **settings})


@dataclass(frozen=True)
class Bent:
    """A fitted model whose curves are bent on their way out."""

    model: Any
    bend: Callable[[History, pd.DataFrame, PaymentCurves], np.ndarray]

    def curves(
        self, history: History, invoices: pd.DataFrame, reading: CurveMeaning = "settled"
    ) -> PaymentCurves:
        """The model's curves, bent."""
        found: PaymentCurves = self.model.curves(history, invoices, reading)
        matrix = np.clip(self.bend(history, invoices, found), 0.0, 1.0)
        return replace(found, matrix=np.maximum.accumulate(matrix, axis=1))

    def to_files(self) -> dict[str, bytes]:
        """The files of what is bent."""
        return dict(self.model.to_files())


def bent(history: History, *, bend: Any, fit: Fit = honest) -> Bent:
    """Fit, and bend what it says."""
    return Bent(fit(history), bend)


# -- leaks -------------------------------------------------------------------------------------


def learns_the_future(history: History, *, days: int, fit: Fit = honest) -> Any:
    """Fitted on what was recorded so many days after the morning, too."""
    ledger = history.ledger
    return fit(ledger.as_of(min(history.as_of + days, ledger.default_as_of)))


def peeks(weight: float, history: History, invoices: pd.DataFrame, found: PaymentCurves) -> Any:
    """Some of the mass on the day that the ledger says was to come."""
    ledger = history.ledger
    later = ledger.as_of(ledger.default_as_of).invoices().set_index(["invoice_id", "instalment"])
    keys = pd.MultiIndex.from_frame(invoices[["invoice_id", "instalment"]])
    paid = later["paid_on"].reindex(keys).fillna(NEVER).to_numpy(dtype=np.int64)
    days = found.as_of[:, None] + np.arange(found.matrix.shape[1])
    came = (days >= paid[:, None]).astype(np.float64)
    is_known = (paid < NEVER)[:, None]
    return np.where(is_known, (1 - weight) * found.matrix + weight * came, found.matrix)


# -- what is wrong with the data ------------------------------------------------------------------


def shuffled(history: History, *, seed: int) -> Any:
    """The labels of the rows it learns from, shuffled."""
    rows = person_period(history, 0, Sampling(**SAMPLING))  # type: ignore[arg-type]
    paid = np.random.default_rng(seed).permutation(rows.paid)
    matrix = fit_hazard.training_matrix(history, rows)
    own = fit_hazard.parameters(10_000, fit_hazard.EVERY)
    texts = fit_hazard.boosters(matrix, replace(rows, paid=paid), "settled", own, 0, 1, 60)
    # all else of the recipe: what its own trees are made of does not matter
    beside = honest(history, rounds=1, sampling={"issues": 100, "snapshots": 100})
    return replace(beside, boosters=texts)


def stale(history: History, *, days: int, fit: Fit = honest) -> Any:
    """Fitted on what was known long before the morning."""
    first = history.ledger.first_day + 90
    return fit(history.ledger.as_of(max(history.as_of - days, first)))


def frozen(history: History, *, on: int, fit: Fit = honest) -> Any:
    """Fitted on one old day for ever: an export that nobody refreshes."""
    return fit(history.ledger.as_of(min(history.as_of, on)))


def without(history: History, *, dropped: tuple[str, ...]) -> Any:
    """Without some of the features."""
    moment = tuple(name for name in STATIC if name not in dropped)
    return honest(history, inputs=fit_hazard.EVERY._replace(moment=moment))


# -- what is wrong with the answers --------------------------------------------------------


def powered(power: float, _h: History, _i: pd.DataFrame, found: PaymentCurves) -> Any:
    """Overconfident or timid: every chance to a power."""
    return found.matrix**power


def delayed(days: int, _h: History, _i: pd.DataFrame, found: PaymentCurves) -> Any:
    """Everything some days later than it is."""
    later = np.zeros_like(found.matrix)
    later[:, days:] = found.matrix[:, :-days]
    return later


def ruined(
    of: Callable[[pd.DataFrame], Any], _h: History, invoices: pd.DataFrame, found: PaymentCurves
) -> Any:
    """Nonsense for one segment: an even chance over three months."""
    n = found.matrix.shape[1]
    even = np.minimum(np.arange(1, n + 1) / 90.0, 1.0)
    return np.where(np.asarray(of(invoices))[:, None], even, found.matrix)


def same(column: str, value: object) -> Callable[[pd.DataFrame], Any]:
    """A segment by a column."""
    return partial(_same, column, value)


def _same(column: str, value: object, invoices: pd.DataFrame) -> Any:
    return (invoices[column] == value).to_numpy(dtype=bool)


def long_terms(days: int, invoices: pd.DataFrame) -> Any:
    """Invoices with terms beyond so many days."""
    return (invoices["due_on"] - invoices["issued_on"] > days).to_numpy(dtype=bool)


# -- a hundred of them ---------------------------------------------------------------------


@dataclass(frozen=True)
class Tried:
    """A recipe and who stands in its way: 'honest' or the 'plain' shrunk ECDF."""

    kind: str
    fit: Fit
    against: str = "honest"


def hundred(history: History, seed: int = 0) -> list[Tried]:
    """A hundred bad recipes: each kind in many strengths and places, drawn by the seed."""
    g = np.random.default_rng(seed)
    rows = history.invoices()
    found = []
    for n in range(10):
        days = int(g.integers(20, 150))
        found.append(
            Tried("leak", partial(learns_the_future, days=days), ("honest", "plain")[n % 2])
        )
    for n in range(10):
        bend = partial(peeks, float(g.uniform(0.05, 0.9)))
        found.append(Tried("leak", partial(bent, bend=bend), ("honest", "plain")[n % 2]))
    found += [
        Tried("shuffled", partial(shuffled, seed=int(g.integers(1 << 30)))) for _ in range(16)
    ]
    for _ in range(8):
        found.append(Tried("stale", partial(stale, days=int(g.integers(120, 400)))))
    for _ in range(8):
        day = int(history.as_of - g.integers(200, 400))
        found.append(Tried("stale", partial(frozen, on=day)))
    important = [name for name in STATIC if name.startswith(("customer__", "weekday__"))]
    for _ in range(16):
        n = int(g.integers(len(important) // 2, len(important) + 1))
        dropped = tuple(g.choice(important, n, replace=False).tolist())
        found.append(Tried("dropped", partial(without, dropped=dropped)))
    for _ in range(8):
        power = float(g.choice([g.uniform(0.5, 0.85), g.uniform(1.2, 2.0)]))
        found.append(Tried("miscalibrated", partial(bent, bend=partial(powered, power))))
    for _ in range(8):
        bend = partial(delayed, int(g.integers(1, 6)))
        found.append(Tried("miscalibrated", partial(bent, bend=bend)))
    segments: list[Callable[..., Any]] = [partial(long_terms, int(days)) for days in (14, 30, 45)]
    segments += [same("currency", one) for one in sorted(set(rows["currency"]))[1:]]
    segments += [same("country", one) for one in sorted(set(rows["country"].dropna()))[:6]]
    for n in range(16):
        bend = partial(ruined, segments[int(g.integers(len(segments)))])
        found.append(Tried("segment", partial(bent, bend=bend), ("honest", "plain")[n % 2]))
    return found


def plain(history: History, **_settings: Any) -> Any:
    """The recipe in the way of real improvements."""
    return fit_shrunk_ecdf(history)


def blind(history: History, **_settings: Any) -> Any:
    """The shrunk ECDF that knows no customer: everybody pays as everybody."""
    return replace(fit_shrunk_ecdf(history), customer_weight=1e9)


def half_learnt(history: History, **_settings: Any) -> Any:
    """Trees that were stopped after a few rounds."""
    return honest(history, rounds=8, weight=1.0)


def better() -> list[Tried]:
    """Recipes that are truly better than what stands in their way."""
    return [
        Tried("better", honest, "blind"),
        Tried("better", plain, "blind"),
        Tried("better", honest, "half learnt"),
        Tried("better", partial(honest, rounds=100), "half learnt"),
        Tried("better", partial(honest, seeds=2), "blind"),
        Tried("better", honest, "late"),
        Tried("better", plain, "late"),
        Tried("better", honest, "shuffled"),
        Tried("better", plain, "shuffled"),
        Tried("better", partial(honest, rounds=100), "late"),
    ]


OPPONENTS: dict[str, Fit] = {
    "honest": honest,
    "plain": plain,
    "blind": blind,
    "half learnt": half_learnt,
    "late": partial(bent, bend=partial(delayed, 3), fit=plain),
    "shuffled": partial(shuffled, seed=1),
}

"""The daily hazard: the chance that an unpaid invoice is paid on each coming day."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.calendar import Days
from payrisk.features import DAILY, Frozen, Known, Moments, build, days_of
from payrisk.features.catalogue import CATALOGUE
from payrisk.features.feature import Feature
from payrisk.ledger import History
from payrisk.predictions import PaymentCurves
from payrisk.scoring.asking import asked_days, every_day
from payrisk.scoring.curve import horizon_on, stacked
from payrisk.scoring.ecdf import ShrunkEcdf

Floats = npt.NDArray[np.float64]

CHUNK = 2048
"""Invoices whose days are worked out together."""
LEAST_STAY = 1e-12


@dataclass(frozen=True)
class DailyHazard:
    """Boosted trees over the features of a moment and the covariates of a day, beside the ECDF.

    The trees' chance of staying unpaid is the geometric mean over the boosters; the curve is
    `weight` times theirs and the rest the shrunk ECDF's, which knows less but is never sure of
    what few customers did. boosters: LightGBM model texts. names, days: static features and
    per-day covariates, in the order of the columns. unpaid: (closed without cash, all) of the
    invoices that reached their horizon unpaid. is_quick: whether days that hardly differ share
    one answer of the trees, see `scoring.asking`.
    """

    kind: ClassVar[str] = "daily-hazard"

    boosters: tuple[str, ...]
    names: tuple[str, ...]
    days: tuple[str, ...]
    beside: ShrunkEcdf
    weight: float = 1.0
    unpaid: tuple[int, int] = (0, 0)
    is_quick: bool = True

    @property
    def inputs(self) -> tuple[Feature, ...]:
        """The features it reads."""
        own = tuple(CATALOGUE[n] for n in self.names) + tuple(DAILY[n] for n in self.days)
        return own + self.beside.inputs

    @cached_property
    def _models(self) -> list[Any]:
        import lightgbm

        return [lightgbm.Booster(model_str=text) for text in self.boosters]

    # -- from the ledger ---------------------------------------------------------------------

    def curves(self, history: History, invoices: pd.DataFrame) -> PaymentCurves:
        """One curve a row, as seen on the morning of history.as_of.

        invoices: customer_id, issued_on, due_on, amount, currency; a row that the ledger does not
        hold is a quote. Raises InputError when a column is missing.
        """
        known = Known.of(history.ledger)
        parts = []
        for rows in _chunks(len(invoices)):
            moments = Moments.of(history.ledger, invoices.iloc[rows], history.as_of)
            static = build(known, moments, self.names).values
            parts.append(self._curves(static, Frozen.of(known, moments)))
        return self._mixed(stacked(parts), self.beside.curves(history, invoices))

    def availability(self, history: History, invoices: pd.DataFrame) -> npt.NDArray[np.object_]:
        """(n,) what each curve rests on: full, sparse-history or unknown-customer."""
        return self.beside.availability(history, invoices)

    def rows(self, history: History, invoices: pd.DataFrame) -> pd.DataFrame:
        """The flat input rows of `predict` for these invoices: texts and numbers only."""
        known = Known.of(history.ledger)
        moments = Moments.of(history.ledger, invoices, history.as_of)
        matrix = build(known, moments, self.names)
        flat = Frozen.of(known, moments).flat()
        counted = self.beside.rows(history, invoices).reset_index(drop=True)
        counted = counted[[feature.name for feature in self.beside.inputs]]
        return pd.concat([flat, matrix.frame().astype(np.float64), counted], axis=1)

    def predict(self, rows: pd.DataFrame) -> list[list[float]]:
        """`probability_paid_by` of flat rows (see `rows`); element d = paid within d days."""
        return [curve.probability_paid_by.tolist() for curve in self.predicted(rows)]

    def predicted(self, rows: pd.DataFrame) -> PaymentCurves:
        """The curves of flat rows."""
        parts = []
        for at in _chunks(len(rows)):
            some = rows.iloc[at]
            static = some[list(self.names)].astype(np.float64).to_numpy(dtype=np.float32).T
            parts.append(self._curves(static, Frozen.of_flat(some)))
        return self._mixed(stacked(parts), self.beside.predicted(rows))

    # -- the curve ---------------------------------------------------------------------------

    def _curves(self, static: npt.NDArray[np.float32], frozen: Frozen) -> PaymentCurves:
        lengths = horizon_on(frozen.as_of, frozen.due_on) - frozen.as_of + 1
        days = asked_days(frozen, lengths) if self.is_quick else every_day(lengths)
        row = np.repeat(np.arange(len(lengths)), days.n)
        log_stay = self.log_stay(static, frozen, row, frozen.as_of[row] + days.offset)
        matrix = days.spread(log_stay, self.beside.on_closed_days)
        paid = np.clip(-np.expm1(np.cumsum(matrix, axis=1)), 0.0, 1.0)
        never = (1.0 - paid[:, -1]) * self.share_never if len(paid) else paid[:, 0]
        return PaymentCurves(frozen.as_of, paid, lengths, never)

    def log_stay(
        self, static: npt.NDArray[np.float32], frozen: Frozen, row: Days, day: Days
    ) -> Floats:
        """(k,) log chance of staying unpaid over each of some days, given unpaid that morning."""
        matrix = np.empty((len(row), len(self.names) + len(self.days)), dtype=np.float32)
        matrix[:, : len(self.names)] = static.T[row]
        matrix[:, len(self.names) :] = days_of(frozen, row, day, self.days).values.T
        total = np.zeros(len(row))
        for model in self._models:
            hazard = model.predict(matrix, num_threads=1)
            total += np.log(np.maximum(1.0 - hazard, LEAST_STAY))
        return total / max(len(self._models), 1)

    @property
    def share_never(self) -> float:
        """Of the invoices unpaid at the horizon, the share closed without cash; shrunk to half."""
        closed, n = self.unpaid
        return (closed + 1.0) / (n + 2.0)

    def _mixed(self, own: PaymentCurves, other: PaymentCurves) -> PaymentCurves:
        """The mixture of both, day by day."""
        if self.weight >= 1.0:
            return own
        w = self.weight
        return PaymentCurves(
            own.as_of,
            np.clip(w * own.matrix + (1.0 - w) * other.matrix, 0.0, 1.0),
            own.lengths,
            w * own.never + (1.0 - w) * other.never,
        )

    # -- on disk -----------------------------------------------------------------------------

    def to_files(self) -> dict[str, bytes]:
        """The model as named files: its switches as JSON, each booster as LightGBM's text."""
        body = {
            "kind": self.kind,
            "names": list(self.names),
            "days": list(self.days),
            "unpaid": list(self.unpaid),
            "weight": self.weight,
            "is_quick": self.is_quick,
            "boosters": len(self.boosters),
        }
        files = {f"booster-{at}.txt": text.encode() for at, text in enumerate(self.boosters)}
        files["beside.json"] = self.beside.to_files()["model.json"]
        return {"model.json": json.dumps(body, indent=1, sort_keys=True).encode(), **files}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> DailyHazard:
        """The model that `to_files` wrote; raises KeyError or ValueError when it is not one."""
        body = json.loads(files["model.json"])
        if body["kind"] != cls.kind:
            raise ValueError("model.json holds another kind of model")
        closed, n = body["unpaid"]
        model = cls(
            tuple(files[f"booster-{at}.txt"].decode() for at in range(int(body["boosters"]))),
            tuple(body["names"]),
            tuple(body["days"]),
            ShrunkEcdf.from_files({"model.json": files["beside.json"]}),
            float(body["weight"]),
            (int(closed), int(n)),
            bool(body["is_quick"]),
        )
        width = len(model.names) + len(model.days)
        if any(booster.num_feature() != width for booster in model._models):
            raise ValueError("a booster reads other inputs than model.json names")
        return model


def _chunks(n: int) -> Iterator[slice]:
    return (slice(at, min(at + CHUNK, n)) for at in range(0, max(n, 1), CHUNK))

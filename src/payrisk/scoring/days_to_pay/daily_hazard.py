"""The daily hazard: the chance that an unpaid invoice is paid on each coming day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Floats, Singles, Texts
from payrisk.features import (
    DAILY,
    FrozenMoments,
    LedgerStreams,
    Matrix,
    Moments,
    Quotes,
    build,
    build_days_from_frozen,
)
from payrisk.features.catalogue.all import CATALOGUE
from payrisk.features.catalogue.feature import Feature
from payrisk.features.computing.batch import MomentBatch
from payrisk.ledger import History
from payrisk.predictions import CurveMeaning, PaymentCurves
from payrisk.scoring.days_to_pay.answered_days import answered_days
from payrisk.scoring.days_to_pay.blend import blend_curves
from payrisk.scoring.days_to_pay.curve import QuotedCurves, n_days, split_rows, stack_curves
from payrisk.scoring.days_to_pay.day_grid import AnsweredDays
from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf
from payrisk.scoring.days_to_pay.hazard_files import CODEC
from payrisk.scoring.raw_scores import digests, raw_scores
from payrisk.scoring.trees.asking import ask_trees

CHUNK = 2048  # invoices whose days are worked out together
LEAST_STAY = 1e-12
RAW_DAYS = (0, 1, 7, 30, 90)
"""Days past as_of for which `raw` asks the trees."""


class DescribedInvoices(NamedTuple):
    """The features of n invoices on a morning, and what their coming days may read."""

    static: Matrix
    frozen: FrozenMoments


@dataclass(frozen=True)
class DailyHazard:
    """Boosted trees over the features of a moment and the covariates of a day, beside the ECDF.

    The trees' chance of staying unpaid is the geometric mean over the boosters; how late an
    invoice is expected is `weight` times their word, the rest the shrunk ECDF's (`blend_curves`).
    boosters: LightGBM model texts of the reading `settled`. money: those of the reading `money`;
    none where invoices are not paid in parts, so that both readings are one. names, days: static
    features and per-day covariates, in the order of the columns. unpaid: (closed without cash,
    all) of the invoices that reached their horizon unpaid. weekends: payments on Saturdays and
    Sundays, and how many there would be if days were all alike. is_quick: whether days that hardly
    differ share one answer of the trees, see `day_grid`.
    """

    kind: ClassVar[str] = CODEC.kind

    boosters: tuple[str, ...]
    names: tuple[str, ...]
    days: tuple[str, ...]
    ecdf: ShrunkEcdf
    weight: float = 1.0
    unpaid: tuple[int, int] = (0, 0)
    is_quick: bool = True
    money: tuple[str, ...] = ()
    weekends: tuple[int, int] = (0, 0)

    @property
    def inputs(self) -> tuple[Feature, ...]:
        """The features it reads."""
        features = tuple(CATALOGUE[n] for n in self.names) + tuple(DAILY[n] for n in self.days)
        return features + self.ecdf.inputs

    @cached_property
    def _models(self) -> dict[CurveMeaning, list[Any]]:
        import lightgbm

        texts: dict[CurveMeaning, tuple[str, ...]] = {
            "settled": self.boosters,
            "money": self.money,
        }
        return {
            reading: [lightgbm.Booster(model_str=text) for text in boosters]
            for reading, boosters in texts.items()
        }

    # -- from the ledger ---------------------------------------------------------------------

    def curves(
        self, history: History, invoices: pd.DataFrame, reading: CurveMeaning = "settled"
    ) -> PaymentCurves:
        """One curve a row, as seen on the morning of history.as_of.

        invoices: customer_id, issued_on, due_on, amount, currency; a row that the ledger does not
        hold is a quote. Raises InputError when a column is missing.
        """
        moments = Moments.of(history.ledger, invoices, history.as_of)
        customers = invoices["customer_id"].to_numpy(dtype=object)
        return self._curves_of(history, moments, customers, reading)

    def quoted(self, history: History, quotes: Quotes) -> QuotedCurves:
        """The curves of quotes, to the bit as `curves` and `availability` of their table."""
        moments = Moments.of_quotes(history.ledger, quotes, history.as_of)
        customers = np.array(quotes.customer_id, dtype=object)
        curves = self._curves_of(history, moments, customers, "settled")
        return QuotedCurves(curves, self.ecdf.availability_of(history, quotes.customer_id))

    def _curves_of(
        self, history: History, moments: Moments, customers: Texts, reading: CurveMeaning
    ) -> PaymentCurves:
        streams = LedgerStreams.of(history.ledger)
        parts = []
        for rows in split_rows(len(moments), CHUNK):
            part = moments if len(moments) <= CHUNK else moments.take(rows)
            static, frozen = self._described(streams, part)
            # a calendar without a name is that of no country
            countries = np.array([code or None for code in frozen.country], dtype=object)
            days = part.issued_on, part.due_on
            other = self.ecdf.curves_of(history, customers[rows], *days, countries)
            parts.append(self._blend(static.values, frozen, other, reading))
        return stack_curves(parts)

    def describe(self, history: History, invoices: pd.DataFrame) -> DescribedInvoices:
        """The features of each invoice on the morning of history.as_of, and what days may read."""
        streams = LedgerStreams.of(history.ledger)
        return self._described(streams, Moments.of(history.ledger, invoices, history.as_of))

    def _described(self, streams: LedgerStreams, moments: Moments) -> DescribedInvoices:
        batch = MomentBatch.of(streams, moments)
        static = build(streams, batch, self.names)
        return DescribedInvoices(static, FrozenMoments.of_batch(batch, moments))

    def availability(self, history: History, invoices: pd.DataFrame) -> Texts:
        """(n,) what each curve rests on: full, sparse-history or unknown-customer."""
        return self.ecdf.availability(history, invoices)

    def rows(self, history: History, invoices: pd.DataFrame) -> pd.DataFrame:
        """The flat input rows of `predict` for these invoices: texts and numbers only."""
        matrix, frozen = self.describe(history, invoices)
        flat = frozen.to_frame()
        counted = self.ecdf.rows(history, invoices).reset_index(drop=True)
        counted = counted[[feature.name for feature in self.ecdf.inputs]]
        counts = flat.columns[flat.dtypes == np.int64]
        flat = flat.astype(dict.fromkeys(counts, np.float64))
        return pd.concat([flat, matrix.frame().astype(np.float64), counted], axis=1)

    def predict(self, rows: pd.DataFrame) -> list[list[float]]:
        """`probability_paid_by` of flat rows (see `rows`); element d = paid within d days."""
        return [curve.probability_paid_by.tolist() for curve in self.predict_curves(rows)]

    def predict_curves(self, rows: pd.DataFrame) -> PaymentCurves:
        """The curves of flat rows."""
        parts = []
        for chunk in split_rows(len(rows), CHUNK):
            part = rows.iloc[chunk]
            static = part[list(self.names)].astype(np.float64).to_numpy(dtype=np.float32).T
            other = self.ecdf.predict_curves(part)
            parts.append(self._blend(static, FrozenMoments.from_frame(part), other, "settled"))
        return stack_curves(parts)

    def raw(self, rows: pd.DataFrame) -> list[dict[str, Any]]:
        """Per flat row what is exact before any exp or log, on the RAW_DAYS after its as_of.

        `features`: a digest of the trees' inputs; `settled`, `money`: each booster's raw scores,
        day by day; `beside`: the counts of the ECDF.
        """
        static = rows[list(self.names)].astype(np.float64).to_numpy(dtype=np.float32).T
        frozen = FrozenMoments.from_frame(rows)
        row = np.repeat(np.arange(len(rows)), len(RAW_DAYS))
        matrix = self.matrix(static, frozen, row, frozen.as_of[row] + np.tile(RAW_DAYS, len(rows)))
        n, days = len(rows), len(RAW_DAYS)
        exact: dict[str, list[Any]] = {
            reading: raw_scores(models, matrix).reshape(n, days * len(models)).tolist()
            for reading, models in self._models.items()
        }
        exact["features"] = digests(matrix.reshape(n, days * matrix.shape[1]))
        exact["beside"] = self.ecdf.raw(rows)
        return [{name: each[nth] for name, each in exact.items()} for nth in range(n)]

    # -- the curve ---------------------------------------------------------------------------

    def _blend(
        self,
        static: Singles,
        frozen: FrozenMoments,
        other: PaymentCurves,
        reading: CurveMeaning,
    ) -> PaymentCurves:
        trees = self._curves(static, frozen, "settled")
        curves = blend_curves(trees, other, self.weight, frozen.due_on)
        if reading == "settled" or not self.money:
            return curves
        # The ECDF knows of no parts: what sets the readings apart is the trees' word alone.
        apart = self._curves(static, frozen, "money").matrix - trees.matrix
        paid = np.maximum.accumulate(np.clip(curves.matrix + apart, 0.0, 1.0), axis=1)
        return PaymentCurves(
            curves.as_of, paid, curves.lengths, np.minimum(curves.never, 1 - paid[:, -1])
        )

    def _curves(
        self, static: Singles, frozen: FrozenMoments, reading: CurveMeaning
    ) -> PaymentCurves:
        """The trees' own curves of some moments."""
        grid, log_stay = self.log_stay_by_day(static, frozen, reading)
        matrix = grid.spread(log_stay, self.on_weekends)
        paid = np.clip(-np.expm1(np.cumsum(matrix, axis=1)), 0.0, 1.0)
        never = (1.0 - paid[:, -1]) * self.share_never if len(paid) else paid[:, 0]
        lengths = n_days(frozen.as_of, frozen.due_on)
        return PaymentCurves(frozen.as_of, paid, lengths, never)

    def log_stay_by_day(
        self, static: Singles, frozen: FrozenMoments, reading: CurveMeaning = "settled"
    ) -> AnsweredDays:
        """The days the trees are asked for, and what they answer."""
        return answered_days(self, static, frozen, reading)

    def log_stay(
        self,
        static: Singles,
        frozen: FrozenMoments,
        row: Days,
        day: Days,
        reading: CurveMeaning = "settled",
    ) -> Floats:
        """(k,) log chance of staying unpaid over each of some days, given unpaid that morning."""
        return self.log_stay_of(self.matrix(static, frozen, row, day), reading)

    def log_stay_of(self, matrix: Singles, reading: CurveMeaning = "settled") -> Floats:
        """(k,) the same of rows as the trees read them, see `matrix`."""
        total = np.zeros(len(matrix))
        models = self._models[reading]
        for model in models:
            hazard = ask_trees(model, matrix, "chance")
            total += np.log(np.maximum(1.0 - hazard, LEAST_STAY))
        return total / max(len(models), 1)

    def matrix(self, static: Singles, frozen: FrozenMoments, row: Days, day: Days) -> Singles:
        """(k, features + covariates) what the trees read of some days."""
        matrix = np.empty((len(row), len(self.names) + len(self.days)), dtype=np.float32)
        matrix[:, : len(self.names)] = static.T[row]
        matrix[:, len(self.names) :] = build_days_from_frozen(frozen, row, day, self.days).values.T
        return matrix

    @property
    def on_weekends(self) -> float:
        """Payments on Saturdays and Sundays, over what there would be if days were all alike."""
        paid, expected = self.weekends
        return min(1.0, paid / (expected + 1))

    @property
    def share_never(self) -> float:
        """Of the invoices unpaid at the horizon, the share closed without cash; shrunk to half."""
        closed, n = self.unpaid
        return (closed + 1.0) / (n + 2.0)

    @property
    def parameters(self) -> dict[str, Any]:
        """What a reader may want to know of it, as plain values."""
        return {
            "boosters": len(self.boosters),
            "boosters_for_parts": len(self.money),
            "features_of_a_moment": len(self.names),
            "covariates_of_a_day": len(self.days),
            "weight_of_the_trees": self.weight,
            "share_never_of_unpaid": round(self.share_never, 4),
            **self.ecdf.parameters,
        }

    # -- on disk -----------------------------------------------------------------------------

    def to_files(self) -> dict[str, bytes]:
        """The model as named files: its switches as JSON, each booster as LightGBM's text."""
        return CODEC.to_files(vars(self))

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> DailyHazard:
        """The model that `to_files` wrote; raises KeyError or ValueError when it is not one."""
        model = cls(**CODEC.from_files(files))
        width = len(model.names) + len(model.days)
        every = (booster for boosters in model._models.values() for booster in boosters)
        if any(booster.num_feature() != width for booster in every):
            raise ValueError("a booster reads other inputs than model.json names")
        return model

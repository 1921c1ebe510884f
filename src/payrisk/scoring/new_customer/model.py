"""The chance that an applicant goes bad, from what the application says and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, row_sums, weighted_sums
from payrisk.features.catalogue.application import (
    FIELDS,
    application_columns,
    application_rows,
    invalid_fields,
)
from payrisk.features.catalogue.feature import Feature
from payrisk.predictions import DefaultRisk
from payrisk.scoring.log_odds import Z_90, probability_of
from payrisk.scoring.logistic import LogisticModel
from payrisk.scoring.new_customer.encoding import (
    SPECIAL,
    FlatColumns,
    InputEncoder,
    records,
    typed_columns,
)
from payrisk.scoring.new_customer.files import CODEC
from payrisk.scoring.new_customer.reasons import application_reasons
from payrisk.scoring.new_customer.years import YearsApart
from payrisk.scoring.raw_scores import raw_scores
from payrisk.scoring.trees.asking import ask_trees, mean_raw_score

ALIKE_STEP, ALIKE_END, ALIKE_WIDTH = 0.25, 10.0, 0.5
"""Of the log-odds by which applications are taken for alike."""
LEAST_ALIKE = 0.5  # bad ones expected among those alike, for a standard error
UNSEEN = 0.35
"""Log-odds unresolved; with it the 90 % bounds hold 78 to 92 % (benchmarks/applicants.md)."""


class _Boosters(NamedTuple):
    """The trees, and the pairs of trees fitted on halves of the applications."""

    boosters: list[Any]
    halves: list[Any]


@dataclass(frozen=True)
class ApplicantModel:
    """Small boosted trees and a linear model over an application, calibrated and level-shifted.

    log-odds = intercept + slope × (weight × mean logit of the boosters + (1 − weight) × linear)
    + shift. Intercept 0 and slope 1 are no calibration. boosters: LightGBM texts. halves: pairs
    of texts, each pair fitted on one half of the training applications and on the other; how far
    they disagree tells how sure the answer is. spread: per input, the variance over training of
    what it adds: what it might say where it is missing. counts: (applications, bad ones) of
    training. alike: training applications by log-odds out of fold, in steps of ALIKE_STEP from
    −ALIKE_END on. level: (applications, bad ones, expected bad ones) of the recent ones behind the
    shift. is_own: inputs are `features.application`. horizon_days: 0 = not said. years: what
    walking forward showed; None where it could not.
    """

    kind: ClassVar[str] = CODEC.kind

    encoding: InputEncoder
    boosters: tuple[str, ...]
    halves: tuple[str, ...]
    spread: tuple[float, ...]
    counts: tuple[int, int]
    alike: tuple[int, ...] = ()
    intercept: float = 0.0
    slope: float = 1.0
    shift: float = 0.0
    level: tuple[int, int, float] = (0, 0, 0.0)
    horizon_days: int = 0
    is_own: bool = False
    setting: str = ""
    linear: LogisticModel | None = None
    weight: float = 1.0
    years: YearsApart | None = None

    @property
    def inputs(self) -> tuple[Feature, ...]:
        """What it reads, as a bundle lists it; a special value's column goes with its own."""
        features = []
        for part in self.encoding.inputs:
            meaning = f"Which value of '{part.name}' stands for something else than a number."
            special = Feature(part.name + SPECIAL, "", "text", meaning)
            features += [part.feature, special] if part.is_flagged else [part.feature]
        return tuple(features)

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs, in the order of the contributions."""
        return tuple(part.name for part in self.encoding.inputs)

    @cached_property
    def _models(self) -> _Boosters:
        from lightgbm import Booster

        return _Boosters(
            [Booster(model_str=text) for text in self.boosters],
            [Booster(model_str=text) for text in self.halves],
        )

    # -- what it says ------------------------------------------------------------------------

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """(n,) log-odds of going bad, of flat rows (see `rows`)."""
        return self._log_odds(self.encoding.matrix(frame))

    def _log_odds(self, matrix: Floats) -> Floats:
        raw = self.weight * mean_raw_score(self._models.boosters, matrix)
        if self.linear is not None:
            raw += (1.0 - self.weight) * row_sums(self.linear.contributions(matrix))
        return np.asarray(self.intercept + self.slope * raw + self.shift)

    def contributions(self, frame: pd.DataFrame) -> Floats:
        """(n, inputs + 1) what each input adds to the log-odds; the last is the rest of it.

        TreeSHAP's own split of each booster (Lundberg 2020), averaged, and coefficient × (value −
        mean) of the linear model; rows sum to `log_odds`.
        """
        matrix = self.encoding.matrix(frame)
        return self._contributions(matrix, self._log_odds(matrix))

    def _contributions(self, matrix: Floats, score: Floats) -> Floats:
        total = np.zeros((len(matrix), matrix.shape[1] + 1))
        if len(matrix):
            for model in self._models.boosters:
                total += ask_trees(model, matrix, "contributions")
            total *= self.weight / max(len(self._models.boosters), 1)
            if self.linear is not None:
                total += (1.0 - self.weight) * self.linear.contributions(matrix)
        parts = np.zeros((len(matrix), len(self.names) + 1))
        np.add.at(parts.T, self.encoding.input_of_column, self.slope * total[:, :-1].T)
        parts[:, -1] = score - row_sums(parts[:, :-1])  # the sum is exact: rounding goes there
        return parts

    def standard_error(self, frame: pd.DataFrame) -> Floats:
        """(n,) of the log-odds: how little is known of such applications.

        Its square adds up: 1/(m p (1 − p)) for the m training applications alike in score (see
        `n_alike`); a quarter of the squared difference between the halves of each pair, since
        either half errs by twice the whole's variance; the `spread` of every missing input, which
        is what it might say; 1/bad of the recent ones where they moved the level; the square by
        which a level moves in a year; and UNSEEN².
        """
        matrix = self.encoding.matrix(frame)
        return self._standard_error(frame, matrix, self._log_odds(matrix))

    def _standard_error(self, frame: FlatColumns, matrix: Floats, log_odds: Floats) -> Floats:
        logits = [mean_raw_score([half], matrix) for half in self._models.halves]
        pairs = [(a - b) ** 2 / 4.0 for a, b in zip(logits[::2], logits[1::2], strict=True)]
        of_halves = np.mean(pairs, axis=0) if pairs else np.zeros(len(matrix))
        score = log_odds - self.shift
        chance = probability_of(score)
        near = 1.0 / np.maximum(self.n_alike(score) * chance * (1.0 - chance), LEAST_ALIKE)
        level = 1.0 / (self.level[1] + LEAST_ALIKE) if self.shift else 0.0
        level += 0.0 if self.years is None else self.years.level_deviation**2
        unsaid = weighted_sums(self.encoding.is_missing(frame), np.array(self.spread))
        return np.asarray(np.sqrt(self.slope**2 * (of_halves + unsaid) + near + level + UNSEEN**2))

    def n_alike(self, score: Floats) -> Floats:
        """(n,) training applications with about these log-odds before the shift.

        One at a distance d counts exp(−d²/2h²), h = ALIKE_WIDTH.
        """
        centres = ALIKE_STEP * (np.arange(len(self.alike)) + 0.5) - ALIKE_END
        away = np.clip(score, -ALIKE_END, ALIKE_END)[:, None] - centres
        weight = np.exp(-0.5 * (away / ALIKE_WIDTH) ** 2)
        return np.asarray(weighted_sums(weight, np.array(self.alike, dtype=np.float64)))

    def predict(self, rows: pd.DataFrame) -> list[float]:
        """The probability of going bad of flat rows."""
        return [float(p) for p in probability_of(self.log_odds(rows))]

    def raw(self, rows: pd.DataFrame) -> list[list[float]]:
        """Per flat row the raw scores of the boosters, then of the halves."""
        models = self._models.boosters + self._models.halves
        return list(raw_scores(models, self.encoding.matrix(rows)).tolist())

    # -- applications ------------------------------------------------------------------------

    def rows(self, fields: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
        """The flat rows of some applications; a field that is absent is missing.

        Raises InputError where a column of a table is to hold a number and does not.
        """
        if self.is_own:
            return application_rows(fields)[list(self.encoding.columns)]
        columns = {name: [values.get(name) for values in fields] for name in self.names}
        raw = pd.DataFrame(columns, dtype=object)
        return typed_columns(raw, self.encoding.inputs, "The application")

    def _columns(self, fields: Sequence[Mapping[str, Any]]) -> FlatColumns:
        """What `rows` holds: of the house's own applications without making a frame of it."""
        if not self.is_own:
            return self.rows(fields)
        columns = application_columns(fields)
        return {name: columns[name] for name in self.encoding.columns}

    def risks_of(
        self,
        fields: Sequence[Mapping[str, Any]],
        as_of: int,
        horizon_days: int,
        ids: Sequence[str],
    ) -> list[DefaultRisk]:
        """One risk an application, in their order, with every contribution and 90 % bounds.

        `is_extrapolated` where another horizon is asked for than the outcomes of training had.
        """
        frame = self._columns(fields)
        matrix = self.encoding.matrix(frame)
        score = self._log_odds(matrix)
        error = self._standard_error(frame, matrix, score)
        parts = self._contributions(matrix, score)
        rows = records(frame)
        chance = probability_of(score)
        low, high = probability_of(score - Z_90 * error), probability_of(score + Z_90 * error)
        return [
            DefaultRisk(
                customer,
                as_of,
                horizon_days,
                float(chance[nth]),
                application_reasons(self, rows[nth], parts[nth], fields[nth].get("currency")),
                low=min(float(low[nth]), float(chance[nth])),
                high=max(float(high[nth]), float(chance[nth])),
                source="application",
                behaviour_weight=0.0,
                is_extrapolated=self.horizon_days not in (0, horizon_days),
            )
            for nth, customer in enumerate(ids)
        ]

    def out_of_range(self, fields: Mapping[str, Any]) -> list[str]:
        """The fields, or columns, whose value training never saw the like of, or cannot be."""
        return self.all_out_of_range([fields])[0]

    def all_out_of_range(self, fields: Sequence[Mapping[str, Any]]) -> list[list[str]]:
        """The same of several applications, in their order."""
        rows = records(self._columns(fields))
        out = []
        for application, row in zip(fields, rows, strict=True):
            names = set(invalid_fields(application)) if self.is_own else set()
            for part in self.encoding.inputs:
                if not part.is_known(row[part.name]):
                    names.update(FIELDS[part.name] if self.is_own else (part.name,))
            out.append(sorted(names))
        return out

    def shift_level(self, shift: float, level: tuple[int, int, float]) -> ApplicantModel:
        """The same at another level."""
        return replace(self, shift=shift, level=level)

    # -- on disk -----------------------------------------------------------------------------

    @property
    def parameters(self) -> dict[str, Any]:
        """What a reader may want to know of it, as plain values."""
        n, bad = self.counts
        recent, gone, expected = self.level
        return {
            "inputs": len(self.names),
            "boosters": len(self.boosters),
            "weight_of_the_trees": self.weight,
            "setting": self.setting,
            "applications": n,
            "bad": bad,
            "horizon_days": self.horizon_days,
            "calibration_intercept": round(self.intercept, 4),
            "calibration_slope": round(self.slope, 4),
            "level_shift": round(self.shift, 4),
            "recent_applications": recent,
            "recent_bad": gone,
            "recent_bad_expected": round(expected, 2),
        } | ({} if self.years is None else self.years.parameters)

    def to_files(self) -> dict[str, bytes]:
        """The model as named files: its encodings as JSON, each booster as LightGBM's text."""
        return CODEC.to_files(vars(self))

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> ApplicantModel:
        """The model that `to_files` wrote; raises KeyError or ValueError when it is not one."""
        model = cls(**CODEC.from_files(files))
        width = len(model.encoding.input_of_column)
        models = [*model._models.boosters, *model._models.halves]
        if any(booster.num_feature() != width for booster in models):
            raise ValueError("a booster reads other inputs than model.json names")
        if model.linear is not None and len(model.linear.coefficients) != width:
            raise ValueError("the linear model reads other inputs than model.json names")
        if len(model.spread) != len(model.encoding.inputs):
            raise ValueError("model.json does not tell the spread of every input")
        return model

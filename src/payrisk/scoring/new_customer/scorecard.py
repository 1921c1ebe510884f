"""A scorecard that answers: an applicant's points, the chance they stand for, and points lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, row_sums
from payrisk.predictions import DefaultRisk
from payrisk.scoring.model_files import Fields, ModelCodec
from payrisk.scoring.new_customer.files import applicant_body, applicant_fields
from payrisk.scoring.new_customer.model import ApplicantModel
from payrisk.scoring.new_customer.points import (
    FACTOR,
    PointsAttribute,
    PointsCard,
    log_odds_of,
)


def _body(fields: Fields) -> dict[str, Any]:
    card = fields["encoding"]
    points = [each.to_json() for each in card.attributes]
    return applicant_body(fields) | {"points": points, "start": card.start}


def _fields(body: Fields) -> dict[str, Any]:
    fields = applicant_fields(body)
    plain = fields["encoding"]
    attributes = tuple(
        PointsAttribute.from_json(column, told)
        for column, told in zip(plain.inputs, body["points"], strict=True)
    )
    card = PointsCard(plain.inputs, plain.base, attributes, int(body["start"]))
    return fields | {"encoding": card, "boosters": (), "halves": ()}


CODEC = ModelCodec("scorecard", _body, _fields)


@dataclass(frozen=True)
class ScorecardModel(ApplicantModel):
    """Points for each answer, added up; `points.ANCHOR` says which odds a sum stands for.

    What is printed is what answers: the points are whole numbers, and the chance follows from
    their sum and the shift to the recent level alone. A contribution is the points lost against
    an ordinary applicant (the mean of training), in log-odds.
    """

    kind: ClassVar[str] = CODEC.kind

    @property
    def card(self) -> PointsCard:
        """The points."""
        assert isinstance(self.encoding, PointsCard)
        return self.encoding

    def scores(self, frame: pd.DataFrame) -> Floats:
        """(n,) the sums of points of flat rows, whole numbers."""
        return self.card.start + row_sums(self.card.matrix(frame))

    def _log_odds(self, matrix: Floats) -> Floats:
        return log_odds_of(self.card.start + row_sums(matrix)) + self.shift

    def _contributions(self, matrix: Floats, score: Floats) -> Floats:
        lost = (self.card.neutral - matrix) / FACTOR
        # What rounding leaves goes to the base, so that the sum is exact.
        return np.column_stack([lost, score - row_sums(lost)])

    def _standard_error(self, frame: pd.DataFrame, matrix: Floats, log_odds: Floats) -> Floats:
        of_points = self.card.variance(frame) / FACTOR**2
        known = super()._standard_error(frame, matrix, log_odds)
        return np.asarray(np.sqrt(known**2 + of_points))

    def raw(self, rows: pd.DataFrame) -> list[list[float]]:
        """Per flat row its score."""
        return [[float(score)] for score in self.scores(rows)]

    def risks_of(
        self,
        fields: Sequence[Mapping[str, Any]],
        as_of: int,
        horizon_days: int,
        ids: Sequence[str],
    ) -> list[DefaultRisk]:
        """As `ApplicantModel.risks_of`; each reason says its points beside the most there are."""
        points = self.card.matrix(self.rows(fields))
        risks = super().risks_of(fields, as_of, horizon_days, ids)
        return [
            replace(risk, reasons=tuple(self._pointed(reason, row) for reason in risk.reasons))
            for risk, row in zip(risks, points, strict=True)
        ]

    def _pointed(self, reason: Any, row: Floats) -> Any:
        places = {each.column.name: place for place, each in enumerate(self.card.attributes)}
        place = places.get(reason.code)
        if place is None:
            return reason
        most = self.card.attributes[place].most
        words = f"{reason.text.rstrip('.')}: {int(row[place])} of {most} points."
        return replace(reason, text=words)

    @property
    def parameters(self) -> dict[str, Any]:
        """What a reader may want to know of it, as plain values."""
        n, bad = self.counts
        recent, gone, expected = self.level
        return {
            "attributes": len(self.card.attributes),
            "start": self.card.start,
            "applications": n,
            "bad": bad,
            "horizon_days": self.horizon_days,
            "level_shift": round(self.shift, 4),
            "recent_applications": recent,
            "recent_bad": gone,
            "recent_bad_expected": round(expected, 2),
        } | ({} if self.years is None else self.years.parameters)

    def to_files(self) -> dict[str, bytes]:
        """The card as one file of plain values."""
        return CODEC.to_files(vars(self))

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> ScorecardModel:
        """The card that `to_files` wrote; raises KeyError or ValueError when it is not one."""
        model = cls(**CODEC.from_files(files))
        if len(model.spread) != len(model.card.attributes):
            raise ValueError("model.json does not tell the spread of every attribute")
        return model

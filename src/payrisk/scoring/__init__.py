"""What a fitted model says: the predict half, which the service runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, Self

import pandas as pd

from payrisk.features.catalogue.feature import Feature
from payrisk.ledger import History
from payrisk.predictions import CurveMeaning, DefaultRisk, PaymentCurves


class CurveModel(Protocol):
    """Says when invoices will be paid."""

    def curves(
        self, history: History, invoices: pd.DataFrame, reading: CurveMeaning = "settled"
    ) -> PaymentCurves:
        """One curve a row of `invoices` (columns as `Books.invoices`), seen at history.as_of.

        For an invoice the ledger does not hold (a quote), customer_id, issued_on, due_on,
        amount and currency suffice.
        """
        ...


class RiskModel(Protocol):
    """Says which customers will default."""

    def risks(
        self, history: History, customer_ids: Sequence[str], horizon_days: int
    ) -> list[DefaultRisk]:
        """One risk a customer, within `horizon_days` of history.as_of, with its reasons."""
        ...


class Model(Protocol):
    """What a bundle holds: it answers flat rows, and can be written to files and read again."""

    kind: ClassVar[str]

    @property
    def inputs(self) -> tuple[Feature, ...]:
        """What a flat row holds."""
        ...

    @property
    def parameters(self) -> dict[str, Any]:
        """What a reader may want to know of it, as plain values."""
        ...

    def predict(self, rows: pd.DataFrame) -> Sequence[Any]:
        """Per flat row its answer: a probability, or `probability_paid_by` of a curve."""
        ...

    def raw(self, rows: pd.DataFrame) -> Sequence[Any]:
        """Per flat row what it says before any exp or log: the same bits on every machine."""
        ...

    def to_files(self) -> dict[str, bytes]:
        """Name of each file → its content."""
        ...

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The model that `to_files` wrote; raises KeyError or ValueError when it is not one."""
        ...

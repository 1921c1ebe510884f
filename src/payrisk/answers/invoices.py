"""When invoices will be paid: one answer an instalment, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.calendar import NEVER, date_of, iso
from payrisk.ledger import History
from payrisk.predictions import PaymentCurve
from payrisk.scoring import CurveModel

LEVELS = {"p10_on": 0.1, "p50_on": 0.5, "p90_on": 0.9}


@runtime_checkable
class _Graded(Protocol):
    def availability(
        self, history: History, invoices: pd.DataFrame
    ) -> npt.NDArray[np.object_]: ...


@dataclass(frozen=True)
class InvoiceAnswer:
    """When one invoice (or quote) will be paid, or why that cannot be said.

    availability: what the model says the curve rests on (`full` …), else `unknown-invoice`,
    `closed` or `sold`, and then there is no curve.
    """

    invoice_id: str
    as_of: int
    availability: str
    instalment: int = 1
    due_on: int = NEVER
    curve: PaymentCurve | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values; a day by which the curve does not reach the level is null."""
        curve = self.curve
        days = {
            name: NEVER if curve is None else curve.day_at(level) for name, level in LEVELS.items()
        }
        return {
            "invoice_id": self.invoice_id,
            "instalment": self.instalment,
            "as_of": iso(self.as_of),
            "due_on": _iso(self.due_on),
            "probability_paid_by": None if curve is None else curve.probability_paid_by.tolist(),
            "probability_never": None if curve is None else curve.probability_never,
            **{name: _iso(day) for name, day in days.items()},
            "availability": self.availability,
        }


class KnownInvoices:
    """The invoices known on one morning, found by id and asked for their curves."""

    def __init__(self, history: History) -> None:
        """Index the invoices of a history."""
        self._history = history
        self._table = history.invoices()
        self._rows: dict[str, npt.NDArray[np.int64]] = self._table.groupby("invoice_id").indices
        sold = self._table["sold_on"].to_numpy() < NEVER
        closed = self._table["closed_on"].to_numpy() < NEVER
        self._states = np.where(sold, "sold", np.where(closed, "closed", "open")).astype(object)

    def answers(self, model: CurveModel, invoice_ids: Sequence[str]) -> list[InvoiceAnswer]:
        """One answer an instalment, in the order asked; an unknown id gets one that says so."""
        found = [(one, self._rows.get(one, ())) for one in invoice_ids]
        rows = [row for _, rows in found for row in rows if self._states[row] == "open"]
        curves = scored(model, self._history, self._table.iloc[rows])
        by_row = dict(zip(rows, curves, strict=True))
        answers = []
        for invoice_id, at in found:
            if not len(at):
                answers.append(InvoiceAnswer(invoice_id, self._history.as_of, "unknown-invoice"))
            answers += [by_row.get(row) or self._without_curve(row) for row in at]
        return answers

    def _without_curve(self, row: int) -> InvoiceAnswer:
        facts = self._table.iloc[row]
        return InvoiceAnswer(
            str(facts["invoice_id"]),
            self._history.as_of,
            str(self._states[row]),
            int(facts["instalment"]),
            int(facts["due_on"]),
        )


def scored(model: CurveModel, history: History, invoices: pd.DataFrame) -> list[InvoiceAnswer]:
    """One answer a row, with its curve."""
    if not len(invoices):
        return []
    invoices = invoices.reset_index(drop=True)
    curves = model.curves(history, invoices)
    grades = np.full(len(invoices), "full", dtype=object)
    if isinstance(model, _Graded):
        grades = model.availability(history, invoices)
    columns = (invoices[name] for name in ("invoice_id", "instalment", "due_on"))
    return [
        InvoiceAnswer(str(invoice_id), history.as_of, str(grade), int(part), int(due), curve)
        for invoice_id, part, due, grade, curve in zip(*columns, grades, curves, strict=True)
    ]


def with_country(invoices: pd.DataFrame, history: History) -> pd.DataFrame:
    """Quotes with what the ledger knows of their customers."""
    if "country" in invoices:
        return invoices
    country = history.customers().set_index("customer_id")["country"]
    return invoices.assign(country=invoices["customer_id"].map(country))


def _iso(day: int) -> str | None:
    date = date_of(day)
    return None if date is None else date.isoformat()

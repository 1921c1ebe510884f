"""When invoices will be paid: one answer an instalment, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from payrisk.arrays import Ints, Texts
from payrisk.calendar import NEVER, iso, iso_or_none
from payrisk.features import Quotes
from payrisk.ledger import History
from payrisk.predictions import CurveMeaning, PaymentCurve, PaymentCurves
from payrisk.readouts import USUAL, CurveReadout, Thresholds
from payrisk.scoring import CurveModel
from payrisk.scoring.days_to_pay.curve import QuotedCurves
from payrisk.scoring.days_to_pay.reasons import Explanation, explain_days


@runtime_checkable
class _AvailabilityModel(Protocol):
    def availability(self, history: History, invoices: pd.DataFrame) -> Texts: ...


@runtime_checkable
class _QuoteModel(Protocol):
    def quoted(self, history: History, quotes: Quotes) -> QuotedCurves: ...


@dataclass(frozen=True)
class InvoiceAnswer:
    """When one invoice (or quote) will be paid, or why that cannot be said.

    availability: what the model says the curve rests on (`full` …), else `unknown-invoice`,
    `closed` or `sold`, and then there is no curve. explanation: why, if that was asked for and
    the model can tell.
    """

    invoice_id: str
    as_of: int
    availability: str
    instalment: int = 1
    due_on: int = NEVER
    curve: PaymentCurve | None = None
    explanation: Explanation | None = None
    in_sample: bool = False
    """Whether the model was trained later than the morning, so that it had seen what came."""
    probability_discount: float | None = None
    """The chance that a discount which was stated is taken; None where none was."""

    def readout(self, lines: Thresholds = USUAL) -> CurveReadout | None:
        """Return what the curve says in the numbers people ask for."""
        return None if self.curve is None else CurveReadout.of(self.curve, self.due_on, lines)

    def to_json(self, lines: Thresholds = USUAL) -> dict[str, Any]:
        """Return plain values; a day by which the curve does not reach the level is null."""
        curve, readout = self.curve, self.readout(lines)
        readouts = dict.fromkeys(field.name for field in fields(CurveReadout))
        chance = self.probability_discount
        return {
            "invoice_id": self.invoice_id,
            "instalment": self.instalment,
            "as_of": iso(self.as_of),
            "due_on": iso_or_none(self.due_on),
            "probability_paid_by": None if curve is None else curve.probability_paid_by.tolist(),
            **(readouts if readout is None else readout.to_json()),
            "availability": self.availability,
            "in_sample": self.in_sample,
            **({} if chance is None else {"probability_discount": chance}),
            "explanation": None
            if self.explanation is None
            else _explanation_json(self.explanation),
        }


@dataclass(frozen=True)
class EvidenceGradedCurves:
    """Curves of some invoices, a row each; grades: what each rests on, as in InvoiceAnswer."""

    curves: PaymentCurves
    grades: Sequence[str]

    def take(self, rows: Sequence[int]) -> EvidenceGradedCurves:
        """Those of some rows, in the order given."""
        places = np.asarray(rows, dtype=np.int64)
        return EvidenceGradedCurves(self.curves.take(places), [self.grades[row] for row in rows])


def evidence_graded_curves(
    model: CurveModel,
    history: History,
    invoices: pd.DataFrame,
    meaning: CurveMeaning = "settled",
) -> EvidenceGradedCurves:
    """The model's curves of these invoices, at least one."""
    curves = model.curves(history, invoices, meaning)
    block = curves if isinstance(curves, PaymentCurves) else PaymentCurves.of(curves)
    grades: Sequence[str] = ["full"] * len(invoices)
    if isinstance(model, _AvailabilityModel):
        grades = [str(grade) for grade in model.availability(history, invoices)]
    return EvidenceGradedCurves(block, grades)


class KnownInvoices:
    """The invoices known on one morning, found by id and asked for their curves."""

    def __init__(self, history: History) -> None:
        """Index the invoices of a history."""
        self._history = history
        self._table = history.invoices()
        self._rows: dict[str, Ints] = self._table.groupby("invoice_id").indices
        sold = self._table["sold_on"].to_numpy() < NEVER
        closed = self._table["closed_on"].to_numpy() < NEVER
        self._states = np.where(sold, "sold", np.where(closed, "closed", "open")).astype(object)
        self._place_among_open = np.cumsum(self._states == "open") - 1
        self._ids = self._table["invoice_id"].array
        self._instalments = self._table["instalment"].to_numpy()
        self._due_on = self._table["due_on"].to_numpy()

    def __contains__(self, invoice_id: str) -> bool:
        """Whether the invoice is known this morning."""
        return invoice_id in self._rows

    def answers(
        self,
        model: CurveModel,
        invoice_ids: Sequence[str],
        *,
        with_reasons: bool = False,
        open_curves: EvidenceGradedCurves | None = None,
    ) -> list[InvoiceAnswer]:
        """One answer an instalment, in the order asked; an unknown id gets one that says so.

        open_curves: those of all open invoices, if the model was asked for them before.
        """
        places = [(name, self._rows.get(name, ())) for name in invoice_ids]
        rows = [row for _, rows in places for row in rows if self._states[row] == "open"]
        if open_curves is not None and not with_reasons:
            by_row = {row: self._kept_answer(row, open_curves) for row in rows}
        else:
            table, graded = self._table.iloc[rows], None
            if open_curves is not None:
                graded = open_curves.take([int(self._place_among_open[row]) for row in rows])
            curves = invoice_answers(
                model, self._history, table, with_reasons=with_reasons, graded=graded
            )
            by_row = dict(zip(rows, curves, strict=True))
        answers = []
        for invoice_id, invoice_rows in places:
            if not len(invoice_rows):
                answers.append(InvoiceAnswer(invoice_id, self._history.as_of, "unknown-invoice"))
            answers += [by_row.get(row) or self._without_curve(row) for row in invoice_rows]
        return answers

    def _kept_answer(self, row: int, open_curves: EvidenceGradedCurves) -> InvoiceAnswer:
        """As `invoice_answers` of a row; no table of one row is cut from that of all."""
        place = int(self._place_among_open[row])
        return InvoiceAnswer(
            str(self._ids[row]),
            self._history.as_of,
            open_curves.grades[place],
            int(self._instalments[row]),
            int(self._due_on[row]),
            open_curves.curves[place],
        )

    def _without_curve(self, row: int) -> InvoiceAnswer:
        facts = self._table.iloc[row]
        return InvoiceAnswer(
            str(facts["invoice_id"]),
            self._history.as_of,
            str(self._states[row]),
            int(facts["instalment"]),
            int(facts["due_on"]),
        )


def invoice_answers(
    model: CurveModel,
    history: History,
    invoices: pd.DataFrame,
    *,
    with_reasons: bool = False,
    graded: EvidenceGradedCurves | None = None,
) -> list[InvoiceAnswer]:
    """One answer a row, with its curve and, if asked for, why it is so.

    graded: the curves of these rows, where the model was asked for them before.
    """
    if not len(invoices):
        return []
    invoices = invoices.reset_index(drop=True)
    said = evidence_graded_curves(model, history, invoices) if graded is None else graded
    why = explain_days(model, history, invoices, said.curves) if with_reasons else None
    whys = [None] * len(invoices) if why is None else why
    columns = (invoices[name] for name in ("invoice_id", "instalment", "due_on"))
    return [
        InvoiceAnswer(
            str(invoice_id), history.as_of, str(grade), int(part), int(due), curve, because
        )
        for invoice_id, part, due, grade, curve, because in zip(
            *columns, said.grades, said.curves, whys, strict=True
        )
    ]


def quote_answers(
    model: CurveModel,
    history: History,
    invoices: pd.DataFrame | Quotes,
    countries: Mapping[str, str | None],
    *,
    with_reasons: bool = False,
) -> list[InvoiceAnswer]:
    """One answer an invoice that the ledger need not hold; countries: see `countries_of`."""
    if isinstance(invoices, pd.DataFrame):
        rows = add_country(invoices, countries)
        return invoice_answers(model, history, rows, with_reasons=with_reasons)
    quotes = invoices.in_known_countries(countries)
    if with_reasons or not isinstance(model, _QuoteModel):
        return invoice_answers(model, history, quotes.frame(), with_reasons=with_reasons)
    said = model.quoted(history, quotes)
    columns = quotes.invoice_id, quotes.due_on.tolist(), said.grades, said.curves
    return [
        InvoiceAnswer(invoice_id, history.as_of, grade, 1, due, curve)
        for invoice_id, due, grade, curve in zip(*columns, strict=True)
    ]


def countries_of(history: History) -> dict[str, str | None]:
    """The country of each customer, by id."""
    table = history.customers()[["customer_id", "country"]].astype(object)
    codes = table["country"].where(table["country"].notna(), None)
    return dict(zip(table["customer_id"], codes, strict=True))


def add_country(invoices: pd.DataFrame, countries: Mapping[str, str | None]) -> pd.DataFrame:
    """Quotes with what the ledger knows of their customers; countries: see `countries_of`."""
    if "country" in invoices:
        return invoices
    known = [countries.get(who) for who in invoices["customer_id"].array]
    return invoices.assign(country=pd.Series(known, invoices.index, dtype=object))


def _explanation_json(why: Explanation) -> dict[str, Any]:
    return {
        "ordinary_days_late": why.ordinary_days_late,
        "reasons": [reason.to_json() for reason in why.reasons],
        "other_days": why.other_days,
    }


def marked_in_sample(answers: list[InvoiceAnswer], *, has_seen: bool) -> list[InvoiceAnswer]:
    """The answers, marked where their model has seen what came after the morning."""
    return [replace(answer, in_sample=True) for answer in answers] if has_seen else answers

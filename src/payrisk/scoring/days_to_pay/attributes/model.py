"""Curves of customers hardly known: the daily hazard's, drawn to what customers alike did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Floats, Texts
from payrisk.calendar import day_of
from payrisk.features import LedgerStreams, Moments
from payrisk.features.catalogue.feature import Feature
from payrisk.features.streams import calendars
from payrisk.ledger import History
from payrisk.predictions import CurveMeaning, PaymentCurves
from payrisk.receivables.days_late import DaysLateCounts, SettlementHistory
from payrisk.scoring.days_to_pay.attributes.columns import read_columns
from payrisk.scoring.days_to_pay.attributes.files import CODEC, prefixed, unprefixed
from payrisk.scoring.days_to_pay.attributes.prior import AttributePrior
from payrisk.scoring.days_to_pay.blend import blend_curves
from payrisk.scoring.days_to_pay.curve import LagCurves, date_curves, split_rows, stack_curves
from payrisk.scoring.days_to_pay.daily_hazard import DailyHazard
from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf
from payrisk.scoring.days_to_pay.ecdf_files import parse_blocks
from payrisk.scoring.days_to_pay.ecdf_inputs import DAYS_LATE_FEATURES
from payrisk.scoring.days_to_pay.ecdf_posterior import posterior_hazards

CHUNK = 2048


class InformedInvoices(NamedTuple):
    """n invoices as the prior reads them: columns, the customer's counts, dates and country."""

    known: pd.DataFrame
    counts: DaysLateCounts
    as_of: Days
    due_on: Days
    terms: Days
    country: Texts


@dataclass(frozen=True)
class AttributedHazard:
    """The daily hazard and a prior of what the customer is; its own past decides between them.

    A customer with n settled invoices: its counts stand against a prior that weighs `strength`
    invoices (a Dirichlet process, as in `ShrunkEcdf`), and of how late it will be the daily
    hazard tells n/(n + strength), the prior the rest (`blend_curves`); on which day is always
    the hazard's word. facts: what the fit measured, for the card.
    """

    kind: ClassVar[str] = CODEC.kind

    base: DailyHazard
    prior: AttributePrior
    strength: float
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[Feature, ...]:
        """The features it reads: those of the daily hazard, and the prior's columns."""
        return (*self.base.inputs, *(column.feature for column in self.prior.columns))

    @property
    def parameters(self) -> dict[str, Any]:
        """What a reader may want to know of it, as plain values."""
        columns = self.prior.columns
        return {
            **self.base.parameters,
            "prior_weighs_invoices": self.strength,
            "prior_reads": ", ".join(column.words for column in columns),
            "own_decision": ", ".join(c.name for c in columns if c.is_own_decision),
            **self.facts,
        }

    @cached_property
    def _by_terms(self) -> ShrunkEcdf:
        """The counts of terms alone, whoever the customer is."""
        return replace(self.base.ecdf, uses_customer=False)

    # -- from the ledger ---------------------------------------------------------------------

    def curves(
        self, history: History, invoices: pd.DataFrame, reading: CurveMeaning = "settled"
    ) -> PaymentCurves:
        """One curve a row, as `DailyHazard.curves`; attributes as known that morning.

        Columns such as payment_method, where a quote states them, come before the ledger's.
        """
        parts = []
        for rows in split_rows(len(invoices), CHUNK):
            part = invoices.iloc[rows]
            said = self.base.curves(history, part, reading)
            parts.append(self._drawn(said, self.describe(history, part)))
        return stack_curves(parts)

    def describe(self, history: History, invoices: pd.DataFrame) -> InformedInvoices:
        """What the prior reads of each invoice on the morning of history.as_of."""
        streams = LedgerStreams.of(history.ledger, frozenset(self.prior.backdated))
        moments = Moments.of(history.ledger, invoices, history.as_of)
        due = invoices["due_on"].to_numpy(dtype=np.int64)
        return InformedInvoices(
            read_columns(streams, moments, self.prior.columns, invoices),
            SettlementHistory.of(history).counts(pd.Index(invoices["customer_id"])),
            np.full(len(due), history.as_of, dtype=np.int64),
            due,
            due - invoices["issued_on"].to_numpy(dtype=np.int64),
            calendars.governing_countries(history, invoices),
        )

    def availability(self, history: History, invoices: pd.DataFrame) -> Texts:
        """(n,) what each curve rests on: full, sparse-history or unknown-customer."""
        return self.base.availability(history, invoices)

    def rows(self, history: History, invoices: pd.DataFrame) -> pd.DataFrame:
        """The flat input rows of `predict` for these invoices: texts and numbers only."""
        known = self.describe(history, invoices).known
        return pd.concat([self.base.rows(history, invoices).reset_index(drop=True), known], axis=1)

    # -- from flat rows ----------------------------------------------------------------------

    def predict(self, rows: pd.DataFrame) -> list[list[float]]:
        """`probability_paid_by` of flat rows (see `rows`); element d = paid within d days."""
        return [curve.probability_paid_by.tolist() for curve in self.predict_curves(rows)]

    def predict_curves(self, rows: pd.DataFrame) -> PaymentCurves:
        """The curves of flat rows."""
        parts = []
        for chunk in split_rows(len(rows), CHUNK):
            part = rows.iloc[chunk].reset_index(drop=True)
            parts.append(self._drawn(self.base.predict_curves(part), self._informed(part)))
        return stack_curves(parts)

    def raw(self, rows: pd.DataFrame) -> list[dict[str, Any]]:
        """Per flat row what `DailyHazard.raw` tells, and the prior's scores."""
        scores = self.prior.scores(self.prior.matrix(self._informed(rows).known))
        return [
            exact | {"prior": score.tolist()}
            for exact, score in zip(self.base.raw(rows), scores, strict=True)
        ]

    def _informed(self, rows: pd.DataFrame) -> InformedInvoices:
        paid, waiting, closed, terms = (rows[feature.name] for feature in DAYS_LATE_FEATURES)
        as_of, due = (
            np.array([day_of(str(day)) for day in rows[name]], dtype=np.int64)
            for name in ("as_of", "due_on")
        )
        return InformedInvoices(
            rows[[column.feature.name for column in self.prior.columns]],
            parse_blocks(paid, waiting, closed),
            as_of,
            due,
            terms.to_numpy(dtype=np.float64).astype(np.int64),
            calendars.row_countries(rows),
        )

    # -- the curve ---------------------------------------------------------------------------

    def _drawn(self, curves: PaymentCurves, invoices: InformedInvoices) -> PaymentCurves:
        """The daily hazard's curves, drawn to the prior the more the less is settled."""
        weight = self.own_weight(invoices)
        return blend_curves(curves, self.informed(invoices), weight, invoices.due_on)

    def own_weight(self, invoices: InformedInvoices) -> Floats:
        """(n,) how much the daily hazard tells of how late each invoice will be."""
        n = invoices.counts.n_paid.astype(np.float64)
        return np.asarray(n / (n + self.strength))

    def informed(self, invoices: InformedInvoices) -> PaymentCurves:
        """The curves of the prior and the customer's counts, without the daily hazard."""
        terms = self._by_terms
        usual = terms.hazards(invoices.counts, invoices.terms)
        values = self.prior.matrix(invoices.known)
        hazards = self.prior.hazards(usual, -invoices.terms, values)
        return date_curves(
            LagCurves(posterior_hazards(invoices.counts, hazards, self.strength)),
            np.arange(len(invoices.terms), dtype=np.int64),
            invoices.as_of,
            invoices.due_on,
            countries=invoices.country,
            on_closed_days=terms.on_closed_days,
        )

    # -- on disk -----------------------------------------------------------------------------

    def to_files(self) -> dict[str, bytes]:
        """The model as named files: the prior's own, and those of the daily hazard by a prefix."""
        return CODEC.to_files(vars(self) | vars(self.prior)) | prefixed(self.base.to_files())

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> AttributedHazard:
        """The model that `to_files` wrote; raises KeyError or ValueError when it is not one."""
        fields = CODEC.from_files(files)
        base = DailyHazard.from_files(unprefixed(files))
        strength, facts = fields.pop("strength"), fields.pop("facts")
        return cls(base, AttributePrior(**fields), strength, facts)

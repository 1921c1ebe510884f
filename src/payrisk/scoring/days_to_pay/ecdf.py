"""The shrunk customer ECDF of days late as payment curves, censoring-aware and rolled or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Ints, Texts
from payrisk.calendar import day_of
from payrisk.features.catalogue.feature import Feature
from payrisk.features.streams import calendars
from payrisk.ledger import History
from payrisk.predictions import CurveMeaning, PaymentCurves
from payrisk.receivables.days_late import (
    EARLIEST,
    LATEST,
    DaysLateCounts,
    SettlementHistory,
)
from payrisk.scoring.days_to_pay.curve import (
    LagCurves,
    LagHazards,
    date_curves,
    split_rows,
    stack_curves,
)
from payrisk.scoring.days_to_pay.ecdf_files import CODEC, parse_blocks
from payrisk.scoring.days_to_pay.ecdf_inputs import (
    DAYS_LATE_FEATURES,
    CustomersOnTerms,
    flat_rows,
)
from payrisk.scoring.days_to_pay.ecdf_posterior import DailyRates, over_terms, posterior_hazards
from payrisk.scoring.days_to_pay.payment_practice import PaymentPractice

CHUNK = 4096
FULL_FROM = 5
"""Settled invoices from which a customer's own history counts as full."""
LATE_FROM = 30
"""Days late from which the ledger-wide daily chance of payment is pooled."""
TAIL_FROM = 300
"""Days late from which invoices tell the tail: who waited so long seldom pays, as `late` would."""

BANDS = (EARLIEST, 0, 30, 90, 180)
"""First days late of the bands in which `raw` counts."""


@dataclass(frozen=True)
class ShrunkEcdf:
    """Days late of the ledger, of its terms and of the customer, each shrunk to the one before.

    With a prior of weight K and counts under censoring this is the posterior mean of a Dirichlet
    process (Susarla & Van Ryzin 1976) over when and how an invoice leaves the waiting; without
    censoring it is (n·ECDF + K·prior)/(n + K). Cash and closing without cash compete: the curve
    is of cash only, and an invoice known to be open has escaped both.

    terms, by_terms: distinct terms in days with enough payments, and their counts; everyone: the
    whole ledger's counts (one group). closed_days: (payments on weekends and holidays, payments
    expected there if they did not matter): their ratio stays put when mass is rolled. practice:
    what a young ledger starts from (ADR 0064).
    """

    kind: ClassVar[str] = CODEC.kind
    inputs: ClassVar[tuple[Feature, ...]] = DAYS_LATE_FEATURES

    everyone: DaysLateCounts
    terms: Days
    by_terms: DaysLateCounts
    closed_days: tuple[int, int] = (0, 0)
    customer_weight: float = 5.0
    terms_weight: float = 20.0
    uses_customer: bool = True
    uses_terms: bool = True
    is_censored: bool = True
    is_rolled: bool = True
    is_young: bool = False
    practice: PaymentPractice | None = None

    # -- from the ledger ---------------------------------------------------------------------

    def curves(
        self,
        history: History,
        invoices: pd.DataFrame,
        reading: CurveMeaning = "settled",  # noqa: ARG002 - it knows of no parts: both are one
    ) -> PaymentCurves:
        """One curve a row, as seen on the morning of history.as_of.

        invoices: customer_id, issued_on, due_on, and country where known; a row that the ledger
        does not hold is a quote. Raises KeyError when a column is missing.
        """
        issued, due = (invoices[day].to_numpy(dtype=np.int64) for day in ("issued_on", "due_on"))
        customers = invoices["customer_id"].to_numpy(dtype=object)
        countries = calendars.governing_countries(history, invoices)
        return self.curves_of(history, customers, issued, due, countries)

    def curves_of(
        self, history: History, customers: Texts, issued: Days, due: Days, countries: Texts
    ) -> PaymentCurves:
        """The same of columns: (n,) customer ids, days and the countries that govern."""
        waiting = SettlementHistory.of(history)
        as_of = np.full(len(due), history.as_of, dtype=np.int64)
        terms = due - issued
        parts = []
        for rows in split_rows(len(due), CHUNK):
            whose = countries[rows] if self.practice else None
            pairs = CustomersOnTerms.of(customers[rows], terms[rows], whose)
            counts = waiting.counts(pairs.customer_ids)
            waits = LagCurves(self.hazards(counts, pairs.terms, pairs.countries))
            parts.append(self._dated(waits, pairs.of_row, as_of[rows], due[rows], countries[rows]))
        return stack_curves(parts)

    def availability(self, history: History, invoices: pd.DataFrame) -> Texts:
        """(n,) what each curve rests on: full, sparse-history, unknown-customer, young-ledger."""
        return self.availability_of(history, invoices["customer_id"].array)

    def availability_of(self, history: History, customers: Sequence[str]) -> Texts:
        """(n,) the same of customers' ids."""
        n = SettlementHistory.of(history).n_paid_of(customers)
        availability = np.where(n == 0, "unknown-customer", "sparse-history").astype(object)
        availability[n >= FULL_FROM] = "full"
        return np.full(len(n), "young-ledger", dtype=object) if self.is_young else availability

    def rows(self, history: History, invoices: pd.DataFrame) -> pd.DataFrame:
        """The flat input rows of `predict` for these invoices: texts and numbers only."""
        return flat_rows(history, invoices)

    def predict(self, rows: pd.DataFrame) -> list[list[float]]:
        """`probability_paid_by` of flat rows (see `rows`); element d = paid within d days.

        Raises InputError for a date or a count text that cannot be read.
        """
        return [curve.probability_paid_by.tolist() for curve in self.predict_curves(rows)]

    def predict_curves(self, rows: pd.DataFrame) -> PaymentCurves:
        """The curves of flat rows."""
        paid, waiting, closed, terms = (rows[f.name] for f in self.inputs)
        as_of = np.array([day_of(str(day)) for day in rows["as_of"]], dtype=np.int64)
        due = np.array([day_of(str(day)) for day in rows["due_on"]], dtype=np.int64)
        countries = calendars.row_countries(rows)
        parts = []
        for chunk in split_rows(len(rows), CHUNK):
            counts = parse_blocks(*(texts.iloc[chunk] for texts in (paid, waiting, closed)))
            days = terms.iloc[chunk].to_numpy(dtype=np.float64).astype(np.int64)
            waits = LagCurves(self.hazards(counts, days, countries[chunk]))
            groups = np.arange(len(days), dtype=np.int64)
            parts.append(self._dated(waits, groups, as_of[chunk], due[chunk], countries[chunk]))
        return stack_curves(parts)

    def raw(self, rows: pd.DataFrame) -> list[list[int]]:
        """Per flat row the integers that its hazards are shares of, by `BANDS` of days late.

        Paid, waiting and closed invoices of the customer, then those of its terms or, with too
        few of these, of the whole ledger.
        """
        paid, waiting, closed, terms = (rows[feature.name] for feature in DAYS_LATE_FEATURES)
        of_customer = parse_blocks(paid, waiting, closed)
        place = self._place(terms.to_numpy(dtype=np.float64).astype(np.int64))
        of_terms = self.by_terms.take(np.where(place < len(self.terms), place, -1))
        of_ledger = self.everyone.take(np.where(place < len(self.terms), -1, 0))
        blocks = (
            *vars(of_customer).values(),
            *(
                a + b
                for a, b in zip(vars(of_terms).values(), vars(of_ledger).values(), strict=True)
            ),
        )
        starts = np.array(BANDS) - EARLIEST
        summed = [np.add.reduceat(counts, starts, axis=1) for counts in blocks]
        return [[int(n) for n in row] for row in np.hstack(summed)]

    @property
    def parameters(self) -> dict[str, Any]:
        """What a reader may want to know of it, as plain values."""
        practice = self.practice
        started = {"published_practice_weighs_invoices": practice.weight} if practice else {}
        return started | {
            "customer_weight": self.customer_weight,
            "terms_weight": self.terms_weight,
            "terms_with_own_counts": len(self.terms),
            "share_staying_on_closed_days": round(self.on_closed_days, 4),
            "daily_chance_of_cash_when_very_late": round(self.tail.cash, 5),
            "daily_chance_of_closing_unpaid_when_very_late": round(self.tail.closed, 5),
            "is_young_ledger": self.is_young,
        }

    @property
    def caveat(self) -> str:
        """What whoever reads its answers has to know."""
        return self.practice.sentence() if self.practice else ""

    # -- the statistics ----------------------------------------------------------------------

    @property
    def late(self) -> DailyRates:
        """Daily chance that a late invoice is paid, and that it is closed without cash."""
        late = slice(LATE_FROM - EARLIEST, None)
        counts = self._used(self.everyone)
        days = counts.at_risk[0, late].sum() + 60
        other = (counts.closed[0, late].sum() + 0.5) / days if self.is_censored else 0.0
        return DailyRates(float((counts.paid[0, late].sum() + 1) / days), float(other))

    @property
    def tail(self) -> DailyRates:
        """The same of a very late one: what these did, shrunk to `late` by one payment."""
        cash, other = self.late
        very = slice(TAIL_FROM - EARLIEST, None)
        counts = self._used(self.everyone)
        days = counts.at_risk[0, very].sum()
        cash *= (counts.paid[0, very].sum() + 1.0) / (cash * days + 1.0)
        other *= (counts.closed[0, very].sum() + 0.5) / (other * days + 0.5)
        return DailyRates(float(cash), float(other))

    @property
    def on_closed_days(self) -> float:
        """How much of the mass of weekends and holidays stays there: 0 = none, 1 = all."""
        if not self.is_rolled:
            return 1.0
        paid, expected = self.closed_days
        return min(1.0, paid / (expected + 1))

    def hazards(
        self, counts: DaysLateCounts, terms: Days, countries: Texts | None = None
    ) -> LagHazards:
        """Daily chances for groups of one customer (counts), terms and country each.

        countries: read where published practice stands in; None: they are not known.
        """
        prior = self._priors.take(self._prior_rows(terms, countries))
        if not self.uses_customer:
            return prior
        return posterior_hazards(self._used(counts), prior, self.customer_weight)

    def _used(self, counts: DaysLateCounts) -> DaysLateCounts:
        if self.practice is not None:  # why: ADR 0064
            return counts.ended_only()
        return counts if self.is_censored else counts.paid_only()

    def _prior_rows(self, terms: Days, countries: Texts | None) -> Ints:
        """Which of `_priors` each group takes: by terms, and of published practice by country."""
        has_terms = self.uses_terms and len(self.terms) > 0
        rows = self._place(terms) if has_terms else np.zeros(len(terms), dtype=np.int64)
        if self.practice is None:
            return rows
        names = np.full(len(terms), None, dtype=object) if countries is None else countries
        return rows + self.practice.places(names) * (len(self.terms) * has_terms + 1)

    @cached_property
    def _priors(self) -> LagHazards:
        late, tail = self.late, self.tail
        # With no data at all, most is paid after the due date.
        before = np.where(np.arange(EARLIEST, LATEST + 1) < 0, 0.1, 1.0)[None, :]
        start, weight = LagHazards(before * late[0], before * late[1], tail), 1.0
        if self.practice is not None:
            start, weight = self.practice.hazards(start), self.practice.weight
        ledger = posterior_hazards(self._used(self.everyone), start, weight)
        if not (self.uses_terms and len(self.terms)):
            return ledger
        return over_terms(ledger, self._used(self.by_terms), self.terms_weight)

    def _place(self, terms: Days) -> Ints:
        """Which of `terms` each is; their number where it is none of them."""
        if not len(self.terms):
            return np.zeros(len(terms), dtype=np.int64)
        slot = np.minimum(np.searchsorted(self.terms, terms), len(self.terms) - 1)
        return np.where(self.terms[slot] == terms, slot, len(self.terms))

    def _dated(
        self,
        waits: LagCurves,
        groups: Ints,
        as_of: Days,
        due_on: Days,
        countries: Texts,
    ) -> PaymentCurves:
        return date_curves(
            waits,
            groups.astype(np.int64),
            as_of,
            due_on,
            countries=countries if self.is_rolled else None,
            on_closed_days=self.on_closed_days,
        )

    # -- on disk -----------------------------------------------------------------------------

    def to_files(self) -> dict[str, bytes]:
        """The model as named files: one JSON of integers, weights and switches."""
        return CODEC.to_files(vars(self))

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> ShrunkEcdf:
        """The model that `to_files` wrote; raises KeyError or ValueError when it is not one."""
        return cls(**CODEC.from_files(files))

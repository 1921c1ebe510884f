"""What is known on one morning, worked out at most once; its books outlive a change of models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from payrisk.answers.champions import Champion
from payrisk.answers.invoices import (
    EvidenceGradedCurves,
    KnownInvoices,
    countries_of,
    evidence_graded_curves,
)
from payrisk.answers.mornings.accounts import (
    Accounts,
    PreparedAccounts,
    account_files,
    customer_names,
)
from payrisk.answers.mornings.curves import MOST_CURVES, curve_files, kept_curves
from payrisk.answers.mornings.kept import (
    ACCOUNTS,
    CURVES,
    DOCUMENTS,
    LATE_CURVES,
    RISKS,
    LedgerMorning,
    PreparedRisks,
    risk_files,
)
from payrisk.answers.mornings.late_curves import (
    MOST_LATE,
    OverdueCurves,
    days_ahead,
    resize_days_ahead,
)
from payrisk.answers.mornings.parts import MorningPart
from payrisk.answers.mornings.records import has_key, key_files
from payrisk.answers.risks import APPLICANT, RiskModels, Risks
from payrisk.arrays import Floats, Ints
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.credit import CreditPolicy, CustomerAccounts
from payrisk.ledger import History
from payrisk.predictions import CurveMeaning
from payrisk.receivables.orders import order_key, order_keys


@dataclass
class MorningBooks:
    """What the ledger alone knows on a morning, whichever models and policy answer.

    read: the ledger as known that morning, when more is asked than `kept` holds on the disk.
    """

    as_of: int
    read: Callable[[], History]
    kept: LedgerMorning | None = None

    @cached_property
    def history(self) -> History:
        """The ledger as known that morning."""
        return self.read()

    @cached_property
    def invoices(self) -> KnownInvoices:
        """The invoices, found by id."""
        return KnownInvoices(self.history)

    @cached_property
    def countries(self) -> dict[str, str | None]:
        """The country of each customer, by id."""
        return countries_of(self.history)

    @cached_property
    def _orders(self) -> frozenset[str]:
        return order_keys(self.history)

    @cached_property
    def _documents(self) -> MorningPart | None:
        return None if self.kept is None else self.kept.read(DOCUMENTS)

    def knows_order(self, customer_id: str, order_id: str) -> bool:
        """Whether the books count a customer's order of this id or number, or saw it end."""
        key = order_key(customer_id, order_id)
        if self._documents is not None:
            return has_key(self._documents, key)
        return key in self._orders

    def keep(self) -> None:
        """Keep the documents known that morning on the disk."""
        if self.kept is not None and not self.kept.has(DOCUMENTS):
            self.kept.keep(DOCUMENTS, key_files(self._orders))


class MorningView:
    """The books of a morning and what models and policy make of them."""

    def __init__(self, books: MorningBooks, policy: CreditPolicy, models: RiskModels) -> None:
        """Work nothing out yet; what is kept of it on the disk is taken from there."""
        self.books, self.policy, self._models = books, policy, models
        self.forecast: CashForecast | None = None
        self.preparer: Any = None  # of decisions, made when the first one is asked for
        self._curves: dict[CurveMeaning, EvidenceGradedCurves] = {}
        self._late: OverdueCurves | None = None

    @property
    def as_of(self) -> int:
        """The morning."""
        return self.books.as_of

    @property
    def history(self) -> History:
        """The ledger as known that morning."""
        return self.books.history

    @property
    def invoices(self) -> KnownInvoices:
        """The invoices, found by id."""
        return self.books.invoices

    @cached_property
    def risks(self) -> Risks:
        """Who will default."""
        known, basis = None, self._risk_basis
        if self.books.kept is not None and basis is not None:
            part = self.books.kept.read(RISKS, **basis)
            known = None if part is None else PreparedRisks(part)
        horizon = self.policy.horizon_days
        return Risks(self.as_of, lambda: self.history, self._models, horizon, known)

    @cached_property
    def accounts(self) -> Accounts:
        """Where every customer stands."""
        kept = self._kept_accounts
        return self._summed_accounts if kept is None else kept

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The customers known that morning: id → name, the id itself where none is recorded."""
        kept = self._kept_accounts
        return customer_names(self.history) if kept is None else kept.names

    def open_curves(
        self, champion: Champion, meaning: CurveMeaning, *, is_worked_out: bool = True
    ) -> EvidenceGradedCurves | None:
        """The curves of the open invoices, in their order: kept ones, else worked out and kept.

        is_worked_out: False asks only for those that are there. None where there is none.
        """
        if meaning in self._curves:
            return self._curves[meaning]
        digest = str(getattr(champion, "digest", ""))
        kept = self.books.kept if digest else None
        basis = {"meaning": meaning, "model": digest}
        part = None if kept is None else kept.read(CURVES, **basis)
        if part is not None:
            self._curves[meaning] = kept_curves(part)
        elif is_worked_out and len(open_invoices := self.history.open_invoices()):
            graded = evidence_graded_curves(champion.model, self.history, open_invoices, meaning)
            self._curves[meaning] = graded
            if kept is not None and len(open_invoices) <= MOST_CURVES:
                kept.keep(CURVES, curve_files(graded.curves, graded.grades), **basis)
        return self._curves.get(meaning)

    def days_ahead(self, champion: Champion, rows: Ints) -> Floats:
        """(n, days) chance of cash by each day ahead of those rows of the open invoices."""
        every = self.open_curves(champion, "money", is_worked_out=False)
        if every is not None:
            return resize_days_ahead(every.curves.matrix[rows])
        late = self._late_curves(champion)
        paid_by = None if late is None else late.of(rows)
        return days_ahead(champion.model, self.history, rows) if paid_by is None else paid_by

    def _late_curves(
        self, champion: Champion, is_wanted: Callable[[], bool] = lambda: True
    ) -> OverdueCurves | None:
        """The curves of what is late: kept ones, else worked out and kept unless too many."""
        if self._late is None:
            digest = str(getattr(champion, "digest", ""))
            kept = self.books.kept if digest else None
            part = None if kept is None else kept.read(LATE_CURVES, model=digest)
            if part is not None:
                self._late = OverdueCurves.from_part(part)
                return self._late
            self._late = OverdueCurves.compute(champion.model, self.history, is_wanted)
            if kept is not None and self._late is not None and len(self._late.rows) <= MOST_LATE:
                kept.keep(LATE_CURVES, self._late.files(), model=digest)
        return self._late

    def prepare_curves(
        self, champion: Champion, is_wanted: Callable[[], bool] = lambda: True
    ) -> None:
        """Work out when the open invoices will be paid, only the late ones where they are many."""
        if len(self.history.open_invoices()) <= MOST_CURVES:
            self.open_curves(champion, "settled")
            _ = self.invoices  # found by id from now on
        self._late_curves(champion, is_wanted)

    @property
    def has_curves(self) -> bool:
        """Whether those of the open invoices are in memory, and the invoices found by id."""
        return "settled" in self._curves and "invoices" in vars(self.books)

    @property
    def is_kept(self) -> bool:
        """Whether all that decides a request is on the disk already."""
        kept, basis = self.books.kept, self._risk_basis
        return kept is not None and (
            kept.has(ACCOUNTS, **self._account_basis)
            and kept.has(DOCUMENTS)
            and (basis is None or kept.has(RISKS, **basis))
        )

    def prepare(self, is_wanted: Callable[[], bool] = lambda: True) -> int:
        """Work out the risks of the customers and keep the morning; how many risks are ready.

        is_wanted: asked between blocks of customers; once it is false the rest is left undone
        and nothing is kept.
        """
        ready = self.risks.prepare(is_wanted)
        if self.books.kept is not None and is_wanted():
            self._keep(self.books.kept)
        return ready

    def _keep(self, stored: LedgerMorning) -> None:
        self.books.keep()
        if not stored.has(ACCOUNTS, **self._account_basis):
            files = account_files(self.history, self._summed_accounts)
            stored.keep(ACCOUNTS, files, **self._account_basis)
        basis = self._risk_basis
        if basis is not None and not stored.has(RISKS, **basis):
            assessed = {name: self.risks.of_customer(name).risk for name in self.names}
            assessed[APPLICANT] = self.risks.of_customer(APPLICANT).risk
            # whom the model refuses is asked about anew each time
            risks = {name: risk for name, risk in sorted(assessed.items()) if risk is not None}
            stored.keep(RISKS, risk_files(risks), **basis)

    @cached_property
    def _kept_accounts(self) -> PreparedAccounts | None:
        kept = self.books.kept
        part = None if kept is None else kept.read(ACCOUNTS, **self._account_basis)
        return None if part is None else PreparedAccounts(part, lambda: self._summed_accounts)

    @cached_property
    def _summed_accounts(self) -> CustomerAccounts:
        return CustomerAccounts(
            self.history, grace_days=self.policy.overdue_grace_days, measures=self.policy.measures
        )

    @property
    def _account_basis(self) -> dict[str, object]:
        # whatever of the policy an account reads, now or later, its sha names
        return {"policy": self.policy.sha}

    @property
    def _risk_basis(self) -> dict[str, object] | None:
        """None where no risk model answers, or one whose bytes nothing names."""
        digests = self._models.digests
        if digests is None:
            return None
        return {"horizon_days": self.policy.horizon_days, "models": digests}

"""The questions a ledger and its champions answer, each in one place."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from payrisk.answers.champion_papers import past_cash
from payrisk.answers.champions import (
    CURVES,
    Champion,
    champion_rows,
    curve_model,
    interval_doubt,
    is_in_sample,
    require_trained_before,
    verdict_as_of,
)
from payrisk.answers.credit.prepared_decision import DecisionPreparer, PreparedDecision
from payrisk.answers.invoices import InvoiceAnswer, marked_in_sample, quote_answers
from payrisk.answers.mornings.accounts import Accounts
from payrisk.answers.mornings.kept import LedgerMorning
from payrisk.answers.mornings.parts import MorningParts
from payrisk.answers.mornings.stored_ledger import StoredLedger
from payrisk.answers.mornings.view import MorningBooks, MorningView
from payrisk.answers.risks import RiskModels
from payrisk.arrays import Floats, Ints
from payrisk.cash.forecasting.bank_days import landed_as_known
from payrisk.cash.forecasting.forecast import HORIZON_DAYS, CashForecast, widened_by_past_weeks
from payrisk.cash.forecasting.preparing import forecast
from payrisk.credit import CreditDecision, CreditPolicy, CreditRequest
from payrisk.errors import InputError
from payrisk.features import Quotes
from payrisk.ledger import Books, History, Ledger
from payrisk.predictions import DefaultRisk
from payrisk.receivables.age_bands import AgeBands
from payrisk.receivables.aging import BANDS, Aging, aging
from payrisk.scoring import CurveModel

MORNINGS_KEPT = 4
"""Mornings whose books are held ready; each costs as much memory as its invoices."""


class Answers:
    """Answers from one ledger, one policy and the champions in service, none of which change.

    When a champion is promoted, a new Answers takes this one's place; a question is answered
    by the one it began with.
    """

    def __init__(
        self,
        ledger: Ledger | StoredLedger,
        champions: Mapping[str, Champion],
        *,
        ledger_sha: str = "",
        policy: CreditPolicy | None = None,
        refused: Mapping[str, str] | None = None,
        before: Answers | None = None,
        parts: MorningParts | None = None,
    ) -> None:
        """champions: by name, absent where none is promoted.

        refused: name → why what is promoted is not served; the version before it may stand in.
        before: answers over the same ledger, whose books are taken over. parts: where mornings
        are kept on disk; None keeps none.
        """
        self.source = ledger
        self._books = {} if before is None or before.source is not ledger else before.books
        self.parts = parts
        self.ledger_sha = ledger_sha
        self.policy = policy or CreditPolicy.read()
        self.champions = dict(champions)
        self.refused = dict(refused or {})
        self.risk_models = RiskModels(self.champions)
        self._versions = {name: str(each.version) for name, each in sorted(self.champions.items())}
        self._mornings: OrderedDict[int, MorningView] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def ledger(self) -> Ledger:
        """The ledger, read now if it was not before; LedgerError when it is damaged."""
        return self.source.ledger if isinstance(self.source, StoredLedger) else self.source

    @property
    def default_as_of(self) -> int:
        """The morning after the last recorded fact."""
        return self.source.default_as_of

    @property
    def first_day(self) -> int:
        """The day on which the first fact was recorded."""
        return self.source.first_day

    @property
    def n_customers(self) -> int:
        """How many customers the ledger holds."""
        if isinstance(self.source, StoredLedger):
            return self.source.n_customers
        return len(self.source.tables["customers"])

    @property
    def books(self) -> dict[int, MorningBooks]:
        """The books that are held ready, by their morning."""
        return {day: morning.books for day, morning in list(self._mornings.items())}

    def history(self, as_of: int) -> History:
        """The ledger as known that morning; raises LedgerError before the first fact."""
        return self._morning(as_of).history

    def current_customer_id(self, customer_id: str, as_of: int) -> str:
        """The id a customer goes by that morning: the same unless it was merged or renumbered."""
        return self._morning(as_of).accounts.current_id(customer_id)

    def accounts(self, as_of: int) -> Accounts:
        """Where every customer stands that morning; raises LedgerError before the first fact."""
        return self._morning(as_of).accounts

    def risk(self, customer_id: str, as_of: int) -> DefaultRisk | None:
        """The risk of a customer that morning; None where none can be told."""
        return self._morning(as_of).risks.of_customer(customer_id).risk

    def payment_curves(
        self,
        *,
        as_of: int,
        invoice_ids: Sequence[str] | None = None,
        invoices: pd.DataFrame | Quotes | None = None,
        with_reasons: bool = False,
        in_sample: bool = False,
    ) -> list[InvoiceAnswer]:
        """When invoices of the ledger, by id, or quotes will be paid, in the order asked.

        invoices: rows as `Books.invoices()`; invoice_id, customer_id, issued_on, due_on, amount
        and currency suffice. An id with several instalments gets one answer for each. Reasons
        take far longer than curves: ask for them for some dozen invoices. in_sample: also for a
        morning before the model's own; the answers are marked then. Raises NoChampion without a
        curve model, LaterTrainedModel for such a morning, LedgerError before the first fact.
        """
        model, morning = self._curve_model(), self._morning(as_of)
        champion = self.champions[CURVES]
        require_trained_before(champion.card, as_of, in_sample=in_sample)
        if invoices is None:
            open_ = morning.open_curves(champion, "settled", is_worked_out=False)
            answers = morning.invoices.answers(
                model, invoice_ids or (), with_reasons=with_reasons, open_curves=open_
            )
        else:
            known = morning.history, invoices, morning.books.countries
            answers = quote_answers(model, *known, with_reasons=with_reasons)
        return marked_in_sample(answers, has_seen=is_in_sample(champion.card, as_of))

    def prepare_morning(
        self,
        as_of: int,
        is_wanted: Callable[[], bool] = lambda: True,
        *,
        with_curves: bool = False,
    ) -> int:
        """Work out what a morning will be asked for and keep it on disk; how many risks are ready.

        is_wanted: asked between blocks of customers; once it is false the rest is left undone.
        with_curves: those of the open invoices too. Raises LedgerError before the first fact.
        """
        morning = self._morning(as_of)
        ready = morning.prepare(is_wanted)
        if with_curves and CURVES in self.champions and is_wanted():
            morning.prepare_curves(self.champions[CURVES], is_wanted)
        return ready

    def is_prepared(self, as_of: int) -> bool:
        """Whether the morning is kept on disk; raises LedgerError before the first fact."""
        return self._morning(as_of).is_kept

    def has_curves(self, as_of: int) -> bool:
        """Whether the curves of that morning's open invoices are in memory already."""
        return as_of in self._mornings and self._morning(as_of).has_curves

    def customer_names(self, as_of: int) -> Mapping[str, str]:
        """The customers known that morning: id → name, the id itself where none is recorded."""
        return self._morning(as_of).names

    def credit_decision(self, request: CreditRequest, *, as_of: int) -> CreditDecision:
        """Decide a request as of that morning, as if no order held headroom."""
        return self.prepare_decision(request, as_of=as_of).decide()

    def prepare_decision(self, request: CreditRequest, *, as_of: int) -> PreparedDecision:
        """All that a decision as of that morning needs but what other orders hold.

        Without a risk model, or when it refuses, the outcome is `refer`. Raises UnknownCustomer
        for a customer the ledger does not know, LedgerError before the first fact.
        """
        morning = self._morning(as_of)
        if morning.preparer is None:
            promoted = sorted(self.champions.items())
            morning.preparer = DecisionPreparer(
                morning=morning,
                policy=self.policy,
                ledger_sha=self.ledger_sha,
                ledger_last_on=min(self.source.last_day, as_of - 1),
                model_versions=self._versions,
                verdicts={name: verdict_as_of(each.card, as_of) for name, each in promoted},
            )
        return cast("DecisionPreparer", morning.preparer).prepare(request)

    def cash_forecast(
        self, *, as_of: int, horizon_days: int = HORIZON_DAYS, in_sample: bool = False
    ) -> CashForecast:
        """Forecast the cash of the invoices open that morning, the same each time it is asked.

        in_sample: also for a morning before the model's own; nothing is verified then. Raises
        NoChampion, LaterTrainedModel for such a morning, InputError for a horizon out of range.
        """
        model = self._curve_model()
        card, morning = self.champions[CURVES].card, self._morning(as_of)
        require_trained_before(card, as_of, in_sample=in_sample)
        cash = morning.forecast
        if cash is None or cash.horizon_days != horizon_days:
            history = morning.history
            open_ = history.open_invoices()
            graded = morning.open_curves(self.champions[CURVES], "money")
            dependence, past = past_cash(self.champions[CURVES])
            drawn = forecast(
                open_,
                model.curves(history, open_, "money") if graded is None else graded.curves,
                history.credit_balances(),
                as_of=as_of,
                generator=np.random.default_rng(0),
                horizon_days=horizon_days,
                dependence=dependence,
            )
            drawn = landed_as_known(drawn, history)
            cash = morning.forecast = widened_by_past_weeks(drawn, past.closed_before(as_of))
        doubt = interval_doubt(card, as_of, self.source.last_day, self.policy.stale_ledger_days)
        return cash.with_doubt(doubt) if doubt else cash

    def money_curves(self, as_of: int, rows: Ints) -> Floats:
        """(n, days) chance of cash by each day ahead of those rows of the morning's open invoices.

        Of the morning's day and HORIZON_DAYS of a worklist more. Those of what is late are worked
        out once and kept. Raises NoChampion without a curve model.
        """
        self._curve_model()
        return self._morning(as_of).days_ahead(self.champions[CURVES], rows)

    def books_at(self, *, as_of: int | None = None, close_of: int | None = None) -> Books:
        """The books as they were known on a morning, or as they were true at an evening.

        The evening is read with all that the ledger holds today, as the command line reads it.
        Raises LedgerError for a day before the books begin, InputError unless one day is given.
        """
        if (as_of is None) == (close_of is None):
            raise InputError("Ask for the books as of a morning or at the close of an evening.")
        if close_of is not None:
            return self.ledger.balance_at(close_of, self.ledger.default_as_of)
        return self.history(as_of or 0)

    def aging(self, *, bands: AgeBands = BANDS, **day: int | None) -> Aging:
        """Age the balance of the books; raises as `books_at` does, whose `day` it is."""
        return aging(self.books_at(**day), bands)

    def models(self, as_of: int | None = None) -> list[dict[str, Any]]:
        """Describe the models in service, and those that are not, by name.

        `why_not` says why what is promoted does not answer, also where the version before it
        stands in; None where it does. as_of: the morning that tells which cards have expired;
        default: that after the ledger's last day.
        """
        as_of = self.default_as_of if as_of is None else as_of
        return champion_rows(self.champions, self.refused, as_of)

    def _morning(self, as_of: int) -> MorningView:
        with contextlib.suppress(KeyError):  # nobody waits while another morning is read
            self._mornings.move_to_end(as_of)
            return self._mornings[as_of]
        with self._lock:
            if as_of not in self._mornings:
                books = self._books.pop(as_of, None) or self._new_books(as_of)
                self._mornings[as_of] = MorningView(books, self.policy, self.risk_models)
                while len(self._mornings) > MORNINGS_KEPT:
                    self._mornings.popitem(last=False)
            return self._mornings[as_of]

    def _new_books(self, as_of: int) -> MorningBooks:
        kept = None
        if self.parts is not None and self.ledger_sha:
            kept = LedgerMorning(self.parts, as_of, self.ledger_sha)
        books = MorningBooks(as_of, lambda: self.ledger.as_of(as_of), kept)
        if as_of <= self.source.first_day or not isinstance(self.source, StoredLedger):
            _ = books.history  # raises where nothing was known yet
        return books

    def _curve_model(self) -> CurveModel:
        return curve_model(self.champions, self.refused)

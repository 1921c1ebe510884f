"""A credit question with all that decides it but the headroom that other orders hold."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from payrisk.answers.credit.borrowers import CustomerAssessor
from payrisk.calendar import iso
from payrisk.credit import (
    Account,
    CreditDecision,
    CreditPolicy,
    CreditRequest,
    DecisionBasis,
    RedFlag,
    red_flags,
)
from payrisk.credit.deciding.counterfactual import applications_tried_first, counterfactuals
from payrisk.credit.deciding.records import HeadroomQuestion, HeldHeadroom
from payrisk.errors import PayriskError
from payrisk.predictions import DefaultRisk
from payrisk.receivables.rates import Rate

NOTHING_HELD = HeldHeadroom()


@dataclass(frozen=True)
class DecisionPreparer(CustomerAssessor):
    """Prepares the credit questions of one morning: account, red flags, risk and their basis."""

    def prepare(self, request: CreditRequest) -> PreparedDecision:
        """Ask the model and the books; raises UnknownCustomer for a customer they do not know."""
        application = request.application
        flags: tuple[RedFlag, ...] = ()
        if application is None:
            borrower = self.known(request)
            account, order = borrower.account, request.order
            if order is not None:
                # an order that the books count already must not count beside itself
                account = account.without_order(order.order_id)
        else:
            account = self.account_of_applicant(application)
            flags = red_flags(application, self.as_of, self.policy.flags)
            assessed = self.morning.risks.of_application(application.fields(self.as_of))
            borrower = self.borrower(account, assessed, application.parent_id)
        return PreparedDecision(
            policy=self.policy,
            request=request,
            account=account,
            risk=borrower.risk,
            flags=flags,
            basis=borrower.basis,
            group=borrower.members,
            is_in_ledger=self._is_in_ledger,
            former_ids=borrower.former_ids,
            preparer=self,
        )

    def _is_in_ledger(self, customer_id: str, order_id: str) -> bool:
        """Whether the books show an order of a customer, be it at another member of its group."""
        members = self.morning.accounts.group_of(customer_id)
        return any(self.morning.books.knows_order(member, order_id) for member in members)

    def assess_together(self, requests: Sequence[CreditRequest]) -> None:
        """Work out together the risks of applications that will be prepared one by one."""
        rows = [
            request.application.fields(self.as_of)
            for request in requests
            if request.application is not None
        ]
        with contextlib.suppress(PayriskError):  # each is then refused, or not, by itself
            self.morning.risks.prepare_applications(rows)


@dataclass(frozen=True)
class PreparedDecision:
    """What a request is decided from, worked out once: the model has been asked already.

    `group`: the customers that share the account's headroom. `is_in_ledger`: whether an order's
    id is part of the exposure already. `preparer` prepares other requests of the same morning,
    for the changes under which the house would decide better; without it none are looked for.
    """

    policy: CreditPolicy
    request: CreditRequest
    account: Account
    risk: DefaultRisk | None
    flags: tuple[RedFlag, ...]
    basis: DecisionBasis
    group: tuple[str, ...] = ()
    former_ids: Mapping[str, str] = dataclasses.field(default_factory=dict)
    is_in_ledger: Callable[[str, str], bool] = lambda _customer_id, _order_id: False
    preparer: DecisionPreparer | None = None

    @property
    def headroom_question(self) -> HeadroomQuestion:
        """Whose orders share the headroom, and on which morning."""
        order = self.request.order
        return HeadroomQuestion(
            customer_id=self.account.customer_id,
            group=self.group,
            as_of=iso(self.basis.as_of),
            is_in_ledger=self.is_in_ledger,
            except_order=None if order is None else order.order_id,
            former_ids=self.former_ids,
        )

    def account_with_held_headroom(self, held: HeldHeadroom) -> Account:
        """The account with what released orders hold of its headroom.

        What is held in another currency is converted as what is owed in one is, or named like it.
        """
        others = {*held.by_customer, *held.by_others} - {self.account.currency}
        if not others:
            own = self.account.currency
            return self.account.with_reserved(
                held.by_customer.get(own, 0), held.by_others.get(own, 0)
            )
        rates = {currency: self._rate_from(currency) for currency in sorted(others)}
        known = [rate for rate in rates.values() if rate is not None]
        unknown = {currency for currency, rate in rates.items() if rate is None}
        account = dataclasses.replace(
            self.account,
            foreign_currencies=tuple(sorted({*self.account.foreign_currencies, *unknown})),
            rates=tuple(dict.fromkeys((*self.account.rates, *(rate.text for rate in known)))),
        )
        by_customer, by_others = (
            amounts.get(self.account.currency, 0)
            + sum(rate.convert(amounts.get(rate.base, 0)) for rate in known)
            for amounts in (held.by_customer, held.by_others)
        )
        return account.with_reserved(by_customer, by_others)

    def _rate_from(self, currency: str) -> Rate | None:
        if self.preparer is None:
            return None
        return self.preparer.morning.accounts.rates.rate(currency, self.account.currency)

    def decide(
        self, held: HeldHeadroom = NOTHING_HELD, *, with_counterfactuals: bool = True
    ) -> CreditDecision:
        """Decide by the policy, released orders holding what they hold."""
        decision = self.policy.decide(
            self.request, self.account_with_held_headroom(held), self.risk, self.flags, self.basis
        )
        if not with_counterfactuals or self.preparer is None:
            return decision
        self.preparer.assess_together(applications_tried_first(self.request, decision))
        changes = counterfactuals(
            self.request, decision, partial(self._changed_decision, self.preparer, held)
        )
        return dataclasses.replace(decision, counterfactuals=changes) if changes else decision

    def _changed_decision(
        self, preparer: DecisionPreparer, held: HeldHeadroom, request: CreditRequest
    ) -> CreditDecision:
        if request.application is None:
            # an order of another size: the model says the same
            changed = dataclasses.replace(self, request=request)
        else:
            changed = preparer.prepare(request)
        return changed.decide(held, with_counterfactuals=False)

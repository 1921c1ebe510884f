"""A credit question with all that decides it but the headroom that other orders hold."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from payrisk.answers.mornings.view import MorningView
from payrisk.answers.risks import AssessedRisk
from payrisk.calendar import iso
from payrisk.credit import (
    Account,
    Basis,
    CreditApplication,
    CreditDecision,
    CreditPolicy,
    CreditRequest,
    RedFlag,
    red_flags,
)
from payrisk.credit.deciding.counterfactual import applications_tried_first, counterfactuals
from payrisk.credit.deciding.records import HeadroomQuestion, HeldHeadroom
from payrisk.credit.weighing.contagion import (
    GroupMember,
    GroupRisk,
    group_risk,
    with_contagion,
)
from payrisk.errors import InputError, PayriskError
from payrisk.predictions import DefaultRisk
from payrisk.receivables.rates import Rate

NOTHING_HELD = HeldHeadroom()


class UnknownCustomer(InputError):
    """A customer that the ledger does not know on that morning."""


@dataclass(frozen=True)
class DecisionPreparer:
    """Prepares the credit questions of one morning: account, red flags, risk and their basis.

    ledger_last_on: day of the last fact known that morning; model_versions: champion → version;
    verdicts: champion → what its gate said.
    """

    morning: MorningView
    policy: CreditPolicy
    ledger_sha: str
    ledger_last_on: int
    model_versions: dict[str, str]
    verdicts: dict[str, str]

    def prepare(self, request: CreditRequest) -> PreparedDecision:
        """Ask the model and the books; raises UnknownCustomer for a customer they do not know."""
        application, head = request.application, request.customer_id
        flags: tuple[RedFlag, ...] = ()
        if application is None:
            account = self._account_of(request)
            assessed = self.morning.risks.of_customer(str(account.customer_id))
        else:
            head = application.parent_id
            account = self._account_of_applicant(application)
            flags = red_flags(application, self._as_of, self.policy.flags)
            assessed = self.morning.risks.of_application(application.fields(self._as_of))
        accounts = self.morning.accounts
        members = () if head is None else accounts.group_of(account.customer_id or head)
        risk, group = assessed.risk, self._group_risk(members, account.customer_id, assessed.risk)
        if risk is not None and group is not None:
            is_parent = any(
                m.is_parent and m.customer_id == risk.customer_id for m in group.members
            )
            risk = with_contagion(risk, group, self.policy.group, is_parent=is_parent)
        return PreparedDecision(
            policy=self.policy,
            request=request,
            account=account,
            risk=risk,
            flags=flags,
            basis=self._basis(assessed, group),
            group=members,
            is_in_ledger=self._is_in_ledger,
            former_ids={old: new for new in members for old in accounts.former_ids(new)},
            preparer=self,
        )

    def _is_in_ledger(self, customer_id: str, order_id: str) -> bool:
        """Whether the books show an order of a customer, be it at another member of its group."""
        members = self.morning.accounts.group_of(customer_id)
        return any(self.morning.books.knows_order(member, order_id) for member in members)

    def assess_together(self, requests: Sequence[CreditRequest]) -> None:
        """Work out together the risks of applications that will be prepared one by one."""
        rows = [
            request.application.fields(self._as_of)
            for request in requests
            if request.application is not None
        ]
        with contextlib.suppress(PayriskError):  # each is then refused, or not, by itself
            self.morning.risks.prepare_applications(rows)

    @property
    def _as_of(self) -> int:
        return self.morning.as_of

    def _group_risk(
        self, members: tuple[str, ...], customer_id: str | None, risk: DefaultRisk | None
    ) -> GroupRisk | None:
        """The group as one borrower, an applicant among its members; None of one alone."""
        names = [m for m in members if m != customer_id]
        if not names or risk is None:
            return None
        borrowers = [(risk.customer_id, risk)]
        for name in names:
            other = self.morning.risks.of_customer(name).risk
            if other is not None:
                borrowers.append((name, other))
        if len(borrowers) < 2:
            return None
        head = self.morning.accounts.head_of(names[0])
        return group_risk(
            [
                GroupMember(
                    name,
                    each.probability,
                    each.is_in_default,
                    name == head,
                    self._company(name) if each.is_in_default else "",
                )
                for name, each in sorted(borrowers, key=lambda pair: pair[0])
            ],
            self.policy.group,
        )

    def _company(self, customer_id: str) -> str:
        """The name of a member that is a company; '' for a person, and where it is only an id."""
        accounts = self.morning.accounts
        if customer_id not in accounts:
            return ""
        account = accounts.account_of(customer_id, accounts.currency_of(customer_id))
        if account.is_natural_person:
            return ""
        name = self.morning.names.get(customer_id, "")
        return "" if name == customer_id else name

    def _basis(self, assessed: AssessedRisk, group: GroupRisk | None) -> Basis:
        return Basis(
            as_of=self._as_of,
            ledger_sha=self.ledger_sha,
            ledger_last_on=self.ledger_last_on,
            model_versions=self.model_versions,
            why_no_risk=assessed.why_none,
            out_of_range=assessed.out_of_range,
            verdicts=self.verdicts,
            group=None if group is None else group.to_json(),
        )

    def _account_of_applicant(self, application: CreditApplication) -> Account:
        group_exposure, group_limit = 0, None
        accounts, parent = self.morning.accounts, application.parent_id
        if parent is not None:  # a customer or not
            group_exposure = accounts.group_exposure(parent, application.currency)
        if parent is not None and parent in accounts:
            group_limit = accounts.account_of(parent, application.currency).group_limit
        account = Account.for_application(
            application,
            group_exposure=group_exposure,
            group_limit=group_limit,
            default_terms_days=self.policy.default_terms_days,
            vat_rate=self.policy.vat_at_home(application.country, self.morning.accounts.sellers),
        )
        return self._with_house_rate(account)

    def _with_house_rate(self, account: Account) -> Account:
        if account.currency == self.policy.house:
            return account
        rates = self.morning.accounts.rates
        return account.with_house_rate(rates.rate(self.policy.house, account.currency))

    def _account_of(self, request: CreditRequest) -> Account:
        accounts = self.morning.accounts
        customer_id = accounts.current_id(str(request.customer_id))
        if customer_id not in accounts:
            raise UnknownCustomer(
                f"The ledger knows no customer '{customer_id}' on {iso(self._as_of)};"
                " send an application instead."
            )
        order = request.order
        currency = accounts.currency_of(customer_id) if order is None else order.currency
        account = self._with_house_rate(accounts.account_of(customer_id, currency))
        # an order that the books count already must not count beside itself
        return account if order is None else account.without_order(order.order_id)


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
    basis: Basis
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

    def account_with(self, held: HeldHeadroom) -> Account:
        """The account with what released orders hold of its headroom.

        What is held in another currency is converted as what is owed in one is, or named like it.
        """
        others = {*held.by_customer, *held.by_others} - {self.account.currency}
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
            self.request, self.account_with(held), self.risk, self.flags, self.basis
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

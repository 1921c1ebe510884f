"""Who asks for credit on one morning: account, risk and group, of customers worked out once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from payrisk.answers.mornings.view import MorningView
from payrisk.answers.risks import AssessedRisk
from payrisk.calendar import iso
from payrisk.credit import Account, CreditApplication, CreditPolicy, CreditRequest, DecisionBasis
from payrisk.credit.reasons.dated_reasons import with_dated_reasons
from payrisk.credit.weighing.contagion import (
    GroupMember,
    GroupRisk,
    group_risk,
    with_contagion,
)
from payrisk.errors import InputError
from payrisk.predictions import DefaultRisk

MOST_BORROWERS = 20_000
"""Customers that are held ready of a morning, each with what its books and risk come to."""


class UnknownCustomer(InputError):
    """A customer that the ledger does not know on that morning."""


@dataclass(frozen=True)
class AssessedCustomer:
    """Who is decided on: where it stands, its risk, its group, and what the answer stands on."""

    account: Account
    risk: DefaultRisk | None
    basis: DecisionBasis
    members: tuple[str, ...]
    former_ids: Mapping[str, str]


@dataclass(frozen=True)
class CustomerAssessor:
    """Those who may ask on one morning, as its books, models and policy see them.

    ledger_last_on: day of the last fact known that morning; model_versions: champion → version;
    verdicts: champion → what its gate said.
    """

    morning: MorningView
    policy: CreditPolicy
    ledger_sha: str
    ledger_last_on: int
    model_versions: dict[str, str]
    verdicts: dict[str, str]
    _borrowers: dict[tuple[str, str], AssessedCustomer] = dataclasses.field(
        default_factory=dict, repr=False, compare=False
    )

    def known(self, request: CreditRequest) -> AssessedCustomer:
        """What is known of a customer this morning, whatever it asks for; worked out once."""
        customer_id, currency = self._customer_and_currency(request)
        key = customer_id, currency
        if key in self._borrowers:
            return self._borrowers[key]
        account = self._with_house_rate(self.morning.accounts.account_of(customer_id, currency))
        assessed = self.morning.risks.of_customer(customer_id)
        borrower = self.borrower(account, assessed, customer_id)
        if assessed.risk is None:  # asked anew each time: what failed may pass
            return borrower
        borrower = dataclasses.replace(borrower, risk=with_dated_reasons(borrower.risk, None))
        is_whole = all(self.morning.risks.of_customer(m).risk for m in borrower.members)
        if is_whole and len(self._borrowers) < MOST_BORROWERS:
            self._borrowers[key] = borrower
        return borrower

    def borrower(
        self, account: Account, assessed: AssessedRisk, head: str | None
    ) -> AssessedCustomer:
        """Who an account is of, with its group. head: itself, or the parent an applicant names."""
        accounts = self.morning.accounts
        members = () if head is None else accounts.group_of(account.customer_id or head)
        risk, group = assessed.risk, self._group_risk(members, account.customer_id, assessed.risk)
        if risk is not None and group is not None:
            is_parent = any(
                m.is_parent and m.customer_id == risk.customer_id for m in group.members
            )
            risk = with_contagion(risk, group, self.policy.group, is_parent=is_parent)
        former_ids = {old: new for new in members for old in accounts.former_ids(new)}
        return AssessedCustomer(account, risk, self._basis(assessed, group), members, former_ids)

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

    def _basis(self, assessed: AssessedRisk, group: GroupRisk | None) -> DecisionBasis:
        return DecisionBasis(
            as_of=self.as_of,
            ledger_sha=self.ledger_sha,
            ledger_last_on=self.ledger_last_on,
            model_versions=self.model_versions,
            why_no_risk=assessed.why_none,
            out_of_range=assessed.out_of_range,
            verdicts=self.verdicts,
            group=None if group is None else group.to_json(),
        )

    def account_of_applicant(self, application: CreditApplication) -> Account:
        """The account of a company never billed, within the group of the parent it names."""
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
            vat_rate=self.policy.vat_at_home(
                application.country, self.morning.accounts.seller_countries
            ),
        )
        return self._with_house_rate(account)

    def _with_house_rate(self, account: Account) -> Account:
        if account.currency == self.policy.house:
            return account
        rates = self.morning.accounts.rates
        return account.with_house_rate(rates.rate(self.policy.house, account.currency))

    def _customer_and_currency(self, request: CreditRequest) -> tuple[str, str]:
        accounts = self.morning.accounts
        customer_id = accounts.current_id(str(request.customer_id))
        if customer_id not in accounts:
            raise UnknownCustomer(
                f"The ledger knows no customer '{customer_id}' on {iso(self.as_of)};"
                " send an application instead."
            )
        order = request.order
        currency = accounts.currency_of(customer_id) if order is None else order.currency
        return customer_id, currency

    @property
    def as_of(self) -> int:
        """The morning."""
        return self.morning.as_of

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

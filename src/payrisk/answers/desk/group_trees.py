"""Groups of customers on one morning: who heads whom, and what each and all of them owe."""

from __future__ import annotations

from dataclasses import dataclass

from payrisk.answers.answering import Answers


@dataclass(frozen=True)
class TreeMember:
    """A customer of a group; amounts in minor units of the group's currency.

    Exposure is gross, as `Account.exposure` says; limit None where none is on file.
    """

    customer_id: str
    name: str
    exposure: int
    overdue: int
    limit: int | None


@dataclass(frozen=True)
class CustomerGroup:
    """The members of a group, the head first, and what they owe together.

    `head_name` is the head's id where the ledger knows no customer by it.
    """

    head_id: str
    head_name: str
    currency: str
    exposure: int
    members: tuple[TreeMember, ...]


def group_trees(answers: Answers, as_of: int) -> list[CustomerGroup]:
    """Every group of two or more customers, the largest exposure of a currency first.

    A group's currency is the one its first member is mostly billed in. Raises LedgerError before
    the first fact.
    """
    accounts, names = answers.accounts(as_of), answers.customer_names(as_of)
    groups: dict[str, tuple[str, ...]] = {}
    for customer in names:
        if customer in accounts:
            members = accounts.group_of(customer)
            if len(members) > 1:
                groups.setdefault(accounts.head_of(customer), members)
    made = []
    for head, ids in groups.items():
        ordered = sorted(ids, key=lambda member: (member != head, names.get(member, member)))
        currency = accounts.currency_of(ordered[0])
        listed = []
        for member in ordered:
            account = accounts.account_of(member, currency)
            listed.append(
                TreeMember(
                    member,
                    names.get(member, member),
                    account.exposure,
                    account.overdue,
                    account.current_limit,
                )
            )
        exposure = accounts.group_exposure(head, currency)
        made.append(CustomerGroup(head, names.get(head, head), currency, exposure, tuple(listed)))
    return sorted(made, key=lambda group: (group.currency, -group.exposure, group.head_id))

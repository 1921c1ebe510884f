"""Customers that name one parent are one borrower, whoever that parent is and since when."""

from __future__ import annotations

import pytest

from payrisk.answers import Answers
from payrisk.calendar import day_of
from payrisk.credit import CreditApplication, CreditRequest, CustomerAccounts
from payrisk.ledger import Ledger
from support.ledgers.by_hand import invoice, ledger

AS_OF = day_of("2025-02-01")
HOLDING = {"customer_id": "HOLDING", "recorded_on": "2025-03-01"}


def company(*more: dict[str, str]) -> Ledger:
    """Two daughters of HOLDING and a stranger, each owing 100.00."""
    daughters = [{"customer_id": name, "parent_id": "HOLDING"} for name in ("c1", "c2")]
    return ledger(
        invoices=[invoice(name, 100_00, customer_id=name) for name in ("c1", "c2", "c3")],
        customers=[
            row | {"recorded_on": "2025-01-01"} for row in [*daughters, {"customer_id": "c3"}]
        ]
        + list(more),
    )


@pytest.mark.parametrize("later", [(), (HOLDING,)], ids=["no customer", "a customer later"])
def test_a_parent_that_is_no_customer_yet_joins_its_daughters_all_the_same(later):
    accounts = CustomerAccounts(company(*later).as_of(AS_OF), grace_days=0)
    assert accounts.group_of("c1") == ("c1", "c2")
    assert accounts.head_of("c1") == "HOLDING"
    assert accounts.account_of("c1", "EUR").group_exposure == 100_00
    assert accounts.account_of("c3", "EUR").group_exposure == 0


def test_a_parent_that_no_row_names_joins_them_by_the_attribute():
    rows = [
        {"customer_id": name, "name": "parent", "value": "OTHER", "valid_on": "2025-01-10"}
        for name in ("c2", "c3")
    ]
    one = ledger(
        invoices=[invoice(name, 100_00, customer_id=name) for name in ("c1", "c2", "c3")],
        attributes=rows,
    )
    accounts = CustomerAccounts(one.as_of(AS_OF), grace_days=0)
    assert accounts.group_of("c2") == ("c2", "c3")
    assert accounts.group_of("c1") == ("c1",)


def test_a_parent_that_was_renumbered_stays_the_parent():
    one = ledger(
        invoices=[invoice(name, 100_00, customer_id=name) for name in ("c1", "new")],
        customers=[
            {"customer_id": "c1", "parent_id": "old"},
            {"customer_id": "old"},
            {"customer_id": "new"},
        ],
        aliases=[{"alias_id": "old", "customer_id": "new", "valid_on": "2025-01-05"}],
    )
    accounts = CustomerAccounts(one.as_of(AS_OF), grace_days=0)
    assert accounts.group_of("c1") == ("c1", "new")
    assert accounts.head_of("c1") == "new"


def test_an_applicant_of_that_parent_shares_the_ceiling_with_its_daughters():
    application = CreditApplication(name="New", currency="EUR", parent_id="HOLDING")
    prepared = Answers(company(), {}).prepare_decision(
        CreditRequest(application=application), as_of=AS_OF
    )
    assert prepared.account.group_exposure == 200_00
    assert prepared.group == ("c1", "c2")

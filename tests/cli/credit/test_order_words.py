"""Words of the desk on orders and groups: when to ask again, and what a group is as a borrower."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrisk.cli.credit.customers import group_risk_lines
from payrisk.cli.credit.wording import decision_lines
from payrisk.credit import CreditRequest, Order
from payrisk.credit.rules.rules import GroupRules
from payrisk.credit.weighing.contagion import GroupMember, group_risk
from support.credit.deciders import AS_OF, GOOD, decide


def lines(**more):
    request = CreditRequest(customer_id="c1", order=Order(100_000, "EUR", **more))
    account = replace(GOOD, current_limit=1_000_000)
    return decision_lines(decide(account, request=request).to_json(), "One GmbH")


def test_a_later_delivery_is_to_be_asked_about_again():
    told = lines(requested_on=AS_OF + 60)
    assert (
        "  = The release holds until 2024-11-03; ask again before delivery on 2024-12-03." in told
    )
    assert not [line for line in lines() if "ask again" in line]


@pytest.mark.parametrize(
    ("bad", "told"),
    [(False, "  One of them defaults with 3."), (True, "  ! In default: a.")],
)
def test_a_group_is_told_as_one_borrower(bad, told):
    members = [GroupMember("a", 0.02, is_in_default=bad), GroupMember("b", 0.02)]
    said = group_risk_lines(group_risk(members, GroupRules()).to_json())
    assert said[0].startswith(told)
    assert group_risk_lines(None) == []

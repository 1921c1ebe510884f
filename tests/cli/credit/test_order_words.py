"""Words of the desk on orders and groups: when to ask again, and what a group is as a borrower."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrisk.cli.credit.customers import group_risk_lines, over_limit_lines
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
    [
        (False, "  The chance that one of them defaults is 3."),
        (True, "  ! In default: Alba GmbH (a)."),
    ],
)
def test_a_group_is_told_as_one_borrower(bad, told):
    members = [GroupMember("a", 0.02, is_in_default=bad), GroupMember("b", 0.02)]
    said = group_risk_lines(group_risk(members, GroupRules()).to_json(), {"a": "Alba GmbH"})
    assert said[0].startswith(told)
    assert group_risk_lines(None, {}) == []


def test_a_customer_above_its_limit_is_told_by_how_much():
    standing = {"limit": 1_000_000, "total": 1_250_000}
    assert over_limit_lines(standing, "EUR") == [
        "! Gross exposure is 2,500.00 EUR above the limit on file."
    ]
    for limit in (1_250_000, None):
        assert over_limit_lines(standing | {"limit": limit}, "EUR") == []


def test_a_release_in_part_is_not_called_without_protection():
    request = CreditRequest(customer_id="c1", order=Order(5_000_000, "EUR"))
    account = replace(GOOD, current_limit=1_000_000)
    told = decision_lines(decide(account, request=request).to_json(), "One GmbH")[2]
    assert "released in part" in told
    assert "no protection" not in told
    assert "no protection" in lines()[2]


def test_a_limit_that_moves_is_told_beside_the_one_on_file():
    account = replace(GOOD, current_limit=123_400)
    told = decision_lines(decide(account).to_json(), "One GmbH")
    assert "(on file 1,234.00 EUR)" in told[1]

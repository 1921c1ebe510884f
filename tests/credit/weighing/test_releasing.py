"""Orders: what the limit, the group and what is late let go, and what would clear a hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.credit.deciders import AS_OF, GOOD, codes, decide, flag, order


@pytest.mark.parametrize(
    ("amount", "action", "released", "outcome"),
    [
        (600_000, "release", 600_000, "approve"),
        (600_001, "release_in_part", 600_000, "approve_with_protection"),
    ],
)
def test_an_order_is_measured_against_the_limit_on_file(amount, action, released, outcome):
    account = replace(GOOD, current_limit=1_000_000, open=500_000, unapplied=100_000)
    decision = decide(account, request=order(amount))
    assert decision.outcome == outcome
    assert decision.release is not None
    assert (decision.release.action, decision.release.amount) == (action, released)


def test_a_full_limit_holds_and_says_what_clears_it():
    account = replace(GOOD, current_limit=1_000_000, open=1_000_000)
    decision = decide(account, request=order(200_000))
    assert (decision.outcome, decision.release.action) == ("refer", "hold")
    assert decision.reasons[0].text == (
        "Exposure and order exceed the limit by 2,000.00 EUR; paying it clears the hold."
    )


def test_an_overdue_holds_whatever_the_limit():
    account = replace(GOOD, current_limit=10**9, open=100_000, overdue=100_000)
    decision = decide(account, request=order(1))
    assert (decision.outcome, codes(decision)[0]) == ("refer", "overdue_block")
    assert decision.release is not None
    assert decision.release.amount == 0


def test_a_small_share_of_a_large_balance_is_not_material():
    account = replace(GOOD, current_limit=10**9, open=1_000_000, overdue=99_999)
    assert decide(account, request=order(1)).outcome == "approve"
    assert decide(replace(account, overdue=100_000), request=order(1)).outcome == "refer"


def test_a_held_order_releases_nothing_even_inside_the_limit():
    account = replace(GOOD, current_limit=1_000_000, is_natural_person=True)
    decision = decide(account, request=order(1))
    assert decision.release is not None
    assert decision.release.action == "hold"


def test_what_earlier_releases_reserved_counts():
    account = replace(GOOD, current_limit=1_000_000, open=500_000)
    assert decide(account, request=order(400_000)).release.amount == 400_000
    reserved = account.with_reserved(300_000)
    decision = decide(reserved, request=order(400_000))
    assert (decision.release.action, decision.release.amount) == ("release_in_part", 200_000)
    assert decision.release.room == 200_000
    assert decision.clears == ("Prepayment of 2,000.00 EUR releases the rest.",)


def test_the_group_leaves_its_headroom_to_whoever_orders_first():
    account = replace(GOOD, current_limit=1_000_000_000, group_exposure=499_900_000)
    decision = decide(account, request=order(200_000))
    assert (decision.release.action, decision.release.amount) == ("release_in_part", 100_000)
    full = account.with_reserved(0, 100_000)
    decision = decide(full, request=order(200_000))
    assert (decision.release.action, codes(decision)[0]) == ("hold", "over_headroom")
    assert decision.clears == (
        "Payment of 2,000.00 EUR by the customer or its group clears the hold.",
    )


def test_a_limit_that_has_ended_holds_until_it_is_reviewed():
    account = replace(GOOD, current_limit=1_000_000, limit_ends_on=AS_OF)
    assert decide(account, request=order(1)).outcome == "approve"
    decision = decide(replace(account, limit_ends_on=AS_OF - 1), request=order(1))
    assert (decision.outcome, codes(decision)[0]) == ("refer", "limit_expired")
    assert decision.clears == ("A review of the limit clears the hold.",)
    assert decision.reasons[0].dated_on == AS_OF - 1


def test_a_returned_payment_holds_until_it_is_repaid():
    account = replace(GOOD, current_limit=1_000_000, open=100_000, returned=80_000)
    decision = decide(account, request=order(1))
    assert (decision.release.action, codes(decision)[0]) == ("hold", "returned_payment")
    assert decision.clears == ("Repayment of 800.00 EUR clears the hold.",)


def test_every_hold_is_named():
    account = replace(
        GOOD,
        current_limit=1_000_000,
        open=900_000,
        overdue=900_000,
        returned=80_000,
        limit_ends_on=AS_OF - 1,
    )
    decision = decide(account, request=order(1))
    assert codes(decision)[:3] == ["overdue_block", "returned_payment", "limit_expired"]
    assert len(decision.clears) == 3


def test_an_order_under_prepayment_waits_for_its_money_and_needs_no_room():
    account = replace(GOOD, current_limit=1_000_000, open=1_000_000)
    decision = decide(account, request=order(50_000), flags=(flag("prepay"),))
    assert (decision.outcome, decision.release.action) == ("approve_with_protection", "hold")
    assert "Prepayment of 500.00 EUR releases the order." in decision.clears


def test_an_order_earns_its_margin_once():
    decision = decide(replace(GOOD, current_limit=1_000_000), request=order(100_000))
    profit = decision.profit
    assert (profit.margin, profit.expected_loss) == (17_640, 1_300)  # 98 % of 18 %, 2 % of 65 %
    assert profit.carrying_cost == 493  # 30 days at 6 % a year
    assert decision.expected_profit == 17_640 - 1_300 - 493

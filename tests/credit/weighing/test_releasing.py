"""Orders: what the limit, the group and what is late let go, and what would clear a hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrisk.credit import CreditRequest, Order, Security
from payrisk.credit.applicant.account import WaitingOrder
from payrisk.errors import InputError
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
    chance = 1 - 0.98 ** (120 / 180)  # 30 days to pay, and 90 until it would be a default
    assert profit.margin == round((1 - chance) * 18_000) == 17_759
    assert profit.expected_loss == round(chance * 65_000) == 870
    assert profit.carrying_cost == 493  # 30 days at 6 % a year
    assert decision.expected_profit == 17_759 - 870 - 493


DAY = AS_OF + 40


def asked(amount=600_000, **more):
    return CreditRequest(customer_id="c1", order=Order(amount, "EUR", **more))


ROOM_OF_500 = replace(GOOD, current_limit=1_000_000, open=500_000)


def test_what_is_paid_before_delivery_needs_no_room():
    decision = decide(ROOM_OF_500, request=asked(down_payment=100_000))
    assert (decision.outcome, decision.release.action) == ("approve_with_protection", "release")
    assert decision.release.amount == 600_000
    assert codes(decision)[0] == "down_payment_first"
    assert decision.clears == ("The down payment of 1,000.00 EUR.",)


def test_what_is_delivered_counts_and_is_never_released_in_a_smaller_part():
    decision = decide(ROOM_OF_500, request=asked(delivered=500_000))
    assert (decision.outcome, decision.release.action) == ("refer", "hold")
    assert {"over_limit", "delivered_already"} <= set(codes(decision))
    assert asked(delivered=500_000).order.headroom(0) == 500_000


def test_what_is_made_to_order_is_said():
    assert "made_to_order" in codes(decide(ROOM_OF_500, request=asked(400_000, made_to_order=1)))


def test_beyond_the_limit_a_person_may_release_what_is_secured():
    security = Security("letter_of_credit", 100_000, AS_OF + 60)
    decision = decide(ROOM_OF_500, request=asked(securities=(security,)))
    assert (decision.outcome, decision.release.action) == ("refer", "hold")
    assert codes(decision)[0] == "over_but_secured"
    assert decision.release.secured == 100_000
    # a guarantee is no room: what is inside the limit stays what it was
    within = decide(ROOM_OF_500, request=asked(500_000, securities=(security,)))
    assert (within.release.action, within.release.room) == ("release", 500_000)


def test_a_security_that_ends_before_the_order_falls_due_is_none():
    security = Security("guarantee", 100_000, AS_OF + 29)
    decision = decide(ROOM_OF_500, request=asked(securities=(security,)))
    assert decision.release.secured == 0
    assert decision.release.action == "release_in_part"
    said = next(one for one in decision.reasons if one.code == "security_ends")
    assert "ends on 2024-11-02, before the order falls due on 2024-11-03" in said.text


def test_a_release_ends_and_a_later_delivery_is_asked_about_again():
    decision = decide(ROOM_OF_500, request=asked(100_000, requested_on=DAY))
    assert decision.release.expires_on == AS_OF + 30
    assert decision.release.check_again_on == DAY
    assert "check_at_delivery" in codes(decision)
    now = decide(ROOM_OF_500, request=asked(100_000)).release
    assert (now.expires_on, now.check_again_on) == (AS_OF + 30, None)


@pytest.mark.parametrize("part", ["delivered", "made_to_order", "down_payment"])
def test_a_part_larger_than_its_order_is_refused(part):
    with pytest.raises(InputError, match=part):
        Order(100, "EUR", **{part: 101})


def test_an_order_the_books_count_already_does_not_count_beside_itself():
    waiting = WaitingOrder("e1", "P1", 300_000, AS_OF + 9)
    account = replace(ROOM_OF_500, orders=300_000, waiting_orders=(waiting,))
    assert account.exposure == 800_000
    assert account.without_order("P1").exposure == account.without_order("e1").exposure == 500_000
    assert account.without_order("P2") == account.without_order(None) == account


def test_guessed_orders_are_named():
    account = replace(ROOM_OF_500, order_guesses=("P1: an invoice may be of it",))
    decision = decide(account, request=asked(100_000))
    said = next(one for one in decision.reasons if one.code == "orders_guessed")
    assert said.text == "What is ordered is in part a guess: P1: an invoice may be of it."


@pytest.mark.parametrize(
    ("whose", "more"),
    [
        ("the limit", {"current_limit": 800_000}),
        ("the insurer's limit", {"current_limit": 10**7, "insurer_limit": 800_000}),
        ("what the group's ceiling leaves", {"current_limit": 10**7, "group_limit": 800_000}),
    ],
)
def test_a_release_in_part_names_whose_limit_leaves_no_more_room(whose, more):
    decision = decide(replace(GOOD, open=500_000, **more), request=order(400_000))
    assert decision.reasons[0].text == (
        f"3,000.00 EUR of the order stay within {whose}; the rest is to be prepaid."
    )


def test_an_order_is_measured_against_the_insurers_limit_too():
    account = replace(GOOD, current_limit=10**7, open=500_000, insurer_limit=800_000)
    assert decide(account, request=order(300_000)).outcome == "approve"
    beyond = decide(account, request=order(300_001))
    assert (beyond.release.action, beyond.release.amount) == ("release_in_part", 300_000)
    full = decide(replace(account, open=800_000), request=order(50_000))
    assert (full.outcome, codes(full)[0]) == ("refer", "over_insurer")
    assert full.clears == ("Payment of 500.00 EUR, or a higher limit of the insurer.",)


def test_what_is_insured_makes_no_room_under_our_own_limit():
    account = replace(GOOD, current_limit=1_000_000, open=1_000_000, insured=900_000)
    assert codes(decide(account, request=order(1)))[0] == "over_limit"
    cancelled = replace(GOOD, current_limit=10**7, insurer_limit=0)
    assert codes(decide(cancelled, request=order(1)))[0] == "over_insurer"


def test_a_cover_stopped_for_new_deliveries_needs_a_person():
    account = replace(GOOD, current_limit=10**7, insurer_limit=10**7, cover_stopped_by="A")
    decision = decide(account, request=order(1))
    assert (decision.outcome, codes(decision)[0]) == ("refer", "cover_stopped")


def test_a_block_is_lifted_by_a_dispute_only_by_a_second_person():
    account = replace(GOOD, current_limit=10**9, open=1_000_000, excused=400_000, overdue=50_000)
    decision = decide(account, request=order(1))
    assert (decision.outcome, codes(decision)[0]) == ("refer", "dispute_lifts_block")
    assert decision.clears == ("A second person's decision, or payment of 4,000.00 EUR.",)
    small = replace(account, excused=40_000)
    assert decide(small, request=order(1)).outcome == "approve"

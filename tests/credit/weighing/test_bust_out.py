"""A young account that suddenly owes and buys far more than ever is flagged before it is late."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrisk.credit import CustomerAccounts, account_flags
from payrisk.ledger import DefaultRule, Ledger
from payrisk.simulate import simulate
from support.credit.deciders import AS_OF, GOOD, POLICY, codes, decide, order

YOUNG = replace(
    GOOD,
    open=2_000_000,
    first_billed_on=AS_OF - 200,
    peak_before=1_000_000,
    billed_before=700_000,
    billed_lately=1_400_000,
    current_limit=90_000_000,
)


def raised(account, amount: int = 0) -> bool:
    return bool(account_flags(account, AS_OF, POLICY.flags, amount))


def test_it_takes_youth_a_higher_balance_and_busier_months_than_ever():
    assert raised(YOUNG)
    for calm in (
        {"first_billed_on": AS_OF - 365},
        {"open": 1_999_999},
        {"billed_lately": 1_399_999},
        {"peak_before": None},
        {"billed_before": None},
        {"first_billed_on": None},
    ):
        assert not raised(replace(YOUNG, **calm))


def test_small_amounts_are_no_bust_out():
    small = replace(YOUNG, open=499_999, peak_before=1_000, billed_before=1_000)
    assert not raised(small)
    assert raised(replace(small, open=500_000))


def test_the_order_that_waits_is_part_of_the_jump():
    before = replace(YOUNG, open=1_000_000, billed_lately=700_000)
    assert not raised(before)
    decision = decide(before, request=order(1_050_000))
    assert (decision.outcome, codes(decision)[0]) == ("refer", "bust_out")
    assert decision.flags[0].source == "ledger"
    assert decision.release.action == "hold"
    assert decide(before, request=order(10_000)).outcome == "approve"


@pytest.fixture(scope="module")
def found() -> tuple[set[str], set[str], set[str]]:
    """Who planned to bust out, who was flagged before a default, and all young customers."""
    made = simulate(300, 24, 11)
    ledger = Ledger.from_tables(made.tables)[0]
    truth = made.customers_truth.set_index("customer_id")
    came = truth["onboarded_on"]
    young = set(truth.index[(came > ledger.first_day + 30) & (came < ledger.last_day)])
    spells = ledger.as_of(ledger.default_as_of).defaults(DefaultRule())
    began = spells.groupby("customer_id")["default_on"].min().to_dict()
    flagged = set()
    for morning in range(ledger.first_day + 60, ledger.default_as_of, 14):
        accounts = CustomerAccounts(ledger.as_of(morning), grace_days=15)
        for one in sorted(young - flagged):
            if one in accounts and began.get(one, morning + 1) > morning:
                account = accounts.account_of(one, accounts.currency_of(one))
                if account_flags(account, morning, POLICY.flags):
                    flagged.add(one)
    return young & set(truth.index[truth["is_bust_out"]]), flagged, young


def test_bust_outs_are_flagged_before_their_first_90_day_arrear_and_few_others(found):
    planned, flagged, young = found
    assert len(planned) >= 3
    assert len(planned & flagged) >= 0.75 * len(planned)
    honest = young - planned
    assert len(honest & flagged) <= 0.25 * len(honest)

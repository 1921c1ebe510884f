"""A young account that owes and buys far more than ever is flagged; few honest ones are."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path

import pytest

from payrisk.credit import CreditApplication, account_flags
from payrisk.credit.applicant.signs import warning_signs
from support.credit.deciders import AS_OF, GOOD, POLICY, codes, decide, order
from support.full import at_size

with pytest.MonkeyPatch.context() as _patch:
    _patch.syspath_prepend(str(Path(__file__).parents[3] / "benchmarks"))
    bust_outs = importlib.import_module("bust_outs")

YOUNG = replace(
    GOOD,
    open=1_500_000,
    first_billed_on=AS_OF - 200,
    peak_before=1_000_000,
    billed_before=700_000,
    billed_lately=700_000,
    application_signs=2,
    current_limit=90_000_000,
)


def raised(account, amount: int = 0) -> bool:
    return bool(account_flags(account, AS_OF, POLICY.flags, amount))


def test_it_takes_youth_a_higher_balance_and_months_as_busy_as_ever():
    assert raised(YOUNG)
    for calm in (
        {"first_billed_on": AS_OF - 365},
        {"open": 1_499_999},
        {"billed_lately": 699_999},
        {"peak_before": None},
        {"billed_before": None},
        {"first_billed_on": None},
    ):
        assert not raised(replace(YOUNG, **calm))


def test_growth_alone_is_none_whoever_else_grows_like_it():
    growing = replace(YOUNG, open=9_000_000, billed_lately=5_000_000, application_signs=0)
    assert not raised(growing)
    assert not raised(replace(growing, late=9_000_000))
    one = replace(growing, application_signs=1)
    assert not raised(one)
    assert not raised(replace(one, late=3_599_999))
    assert raised(replace(one, late=3_600_000))


def test_without_an_application_more_has_to_be_owed_and_late():
    unseen = replace(YOUNG, application_signs=None, open=2_250_000, late=1_350_000)
    assert raised(unseen)
    assert not raised(replace(unseen, late=1_349_999))
    assert not raised(replace(unseen, open=2_249_999))


def test_what_an_application_does_not_say_is_no_sign():
    silent = CreditApplication("New", "EUR", is_natural_person=False)
    assert warning_signs(silent) == ()
    told = replace(
        silent,
        email_domain="free",
        address_mismatch=True,
        bank_country_mismatch=True,
        has_vat=False,
        n_references=0,
    )
    assert len(warning_signs(told)) == 5


def test_small_amounts_are_no_bust_out():
    small = replace(YOUNG, open=499_999, peak_before=1_000, billed_before=1_000)
    assert not raised(small)
    assert raised(replace(small, open=500_000))


def test_the_order_that_waits_is_part_of_the_jump():
    before = replace(YOUNG, open=1_000_000, billed_lately=600_000)
    assert not raised(before)
    decision = decide(before, request=order(550_000))
    assert (decision.outcome, codes(decision)[0]) == ("refer", "bust_out")
    assert decision.flags[0].source == "ledger"
    assert decision.release.action == "hold"
    assert decide(before, request=order(10_000)).outcome == "approve"


@pytest.mark.long
@at_size
def test_bust_outs_are_seen_60_days_before_their_default_and_few_honest_ones_are_accused():
    """One company of the benchmark's; `payrisk bench bust-outs` judges on twelve."""
    found = bust_outs.figures(bust_outs.watched(150, 24, 213))
    assert found["bust_outs"] >= 2
    assert found["recall"]["share"] >= bust_outs.TARGET_RECALL
    assert found["flagged_a_year"]["all"]["share"] <= bust_outs.TARGET_FLAGGED
    assert {"plain", "seasonal", "growing"} <= set(found["flagged_a_year"])

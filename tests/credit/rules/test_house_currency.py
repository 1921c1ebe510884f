"""Amounts of the policy hold in every currency that a rate is known for; own entries win."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from payrisk.answers import Answers
from payrisk.calendar import day_of
from payrisk.credit import CreditPolicy, CreditRequest, Order
from payrisk.credit.deciding.policy import HOUSE
from payrisk.credit.deciding.records import HeldHeadroom
from payrisk.credit.weighing.bust_out import account_flags
from payrisk.errors import InputError
from payrisk.receivables.rates import Rate
from support.company.five_customers import Fitted, NamedRisks
from support.credit.deciders import AS_OF, GOOD, POLICY, codes, decide
from support.ledgers.by_hand import invoice, ledger

RATE = Rate("EUR", "PLN", 4.27, "spot", AS_OF - 3)
ZLOTYS = replace(GOOD, currency="PLN").with_house_rate(RATE)
DAY = day_of("2025-03-15")


def test_a_currency_without_amounts_gets_the_houses_at_the_rate_and_says_so():
    decision = decide(ZLOTYS)
    assert decision.outcome == "approve"
    (note,) = [reason for reason in decision.reasons if reason.code == "amounts_converted"]
    assert RATE.text in note.text
    euros = POLICY.amounts["EUR"]
    zlotys = POLICY.amounts_in(ZLOTYS)
    assert zlotys is not None
    assert zlotys.step == 200_000
    assert zlotys.group_ceiling == round(euros.group_ceiling * 4.27)
    assert zlotys.house_tiers["A"] == round(euros.house_tiers["A"] * 4.27)
    assert decision.limit.proposed is not None
    assert decision.limit.proposed % 200_000 == 0


def test_an_own_entry_wins_over_any_rate():
    pounds = replace(GOOD, currency="GBP").with_house_rate(Rate("EUR", "GBP", 9.0, "spot", AS_OF))
    assert POLICY.amounts_in(pounds) == POLICY.amounts["GBP"]
    assert "amounts_converted" not in codes(decide(pounds))


def test_without_a_rate_it_is_said_and_the_way_out_named():
    decision = decide(replace(GOOD, currency="PLN"))
    assert (decision.outcome, codes(decision)[0]) == ("refer", "currency_unknown")
    assert decision.clears[0].startswith("A rate between EUR and PLN in the ledger")


def test_minor_units_without_cents_are_converted_as_such():
    yen = replace(GOOD, currency="JPY").with_house_rate(Rate("EUR", "JPY", 160.0, "spot", AS_OF))
    amounts = POLICY.amounts_in(yen)
    assert amounts is not None
    assert amounts.group_ceiling == 5_000_000 * 160  # five million euros
    assert amounts.step == 100_000  # 500 EUR are 80,000 yen


def test_what_counts_as_overdue_and_as_a_bust_out_is_converted_too():
    late = replace(ZLOTYS, open=1_000_000, overdue=200_000)
    assert not POLICY.overdue_blocks(late)  # 2,000.00 PLN are less than 500.00 EUR
    assert POLICY.overdue_blocks(replace(late, overdue=220_000))
    busy = replace(
        ZLOTYS, open=2_000_000, first_billed_on=AS_OF - 200,
        peak_before=200_000, billed_before=150_000, billed_lately=2_000_000,
        application_signs=2,
    )  # fmt: skip
    assert not account_flags(busy, AS_OF, POLICY.flags)  # 20,000.00 PLN are less than 5,000 EUR
    assert account_flags(replace(busy, open=2_200_000), AS_OF, POLICY.flags)


def test_the_first_currency_is_the_houses_where_a_policy_names_none(tmp_path: Path):
    text = HOUSE.read_text(encoding="utf-8")
    older, wrong = tmp_path / "older.toml", tmp_path / "wrong.toml"
    lines = [line for line in text.splitlines() if not line.startswith("house_currency")]
    older.write_text("\n".join(lines), encoding="utf-8")
    assert CreditPolicy.read(older).house == "EUR"
    wrong.write_text(text.replace('house_currency = "EUR"', 'house_currency = "SEK"'))
    with pytest.raises(InputError, match="house_currency must be one that amounts"):
        CreditPolicy.read(wrong)


@pytest.fixture(scope="module")
def answers() -> Answers:
    """c1 is billed in zlotys under a limit; the ledger knows what a euro was in zlotys."""
    one = ledger(
        customers=[{"customer_id": "c1", "is_natural_person": False}],
        invoices=[
            invoice("A", 400_000, currency="PLN", issued_on="2025-03-10", due_on="2025-04-09"),
            invoice("B", 300_000, currency="PLN", issued_on="2025-03-11", due_on="2025-04-10"),
        ],
        rates=[{"from": "EUR", "to": "PLN", "rate": 4.0, "valid_on": "2025-03-01", "type": "ecb"}],
        attributes=[
            {"customer_id": "c1", "name": "limit", "value": "4000000", "valid_on": "2025-01-01"}
        ],
    )
    return Answers(one, {"default-risk": Fitted(NamedRisks({"c1": 0.02}))}, ledger_sha="x")


def test_an_order_in_zlotys_is_decided_and_one_in_a_currency_without_a_rate_is_not(answers):
    def outcome(currency: str):
        asked = CreditRequest(customer_id="c1", order=Order(100_000, currency))
        return answers.credit_decision(asked, as_of=DAY)

    zlotys = outcome("PLN")
    assert (zlotys.outcome, zlotys.release.action) == ("approve", "release")
    assert "1 EUR = 4 PLN (ecb, 2025-03-01)" in " ".join(one.text for one in zlotys.reasons)
    assert codes(outcome("SEK"))[0] in {"currency_unknown", "foreign_exposure"}


def test_what_orders_hold_in_another_currency_is_converted(answers):
    asked = CreditRequest(customer_id="c1", order=Order(100_000, "PLN"))
    prepared = answers.prepare_decision(asked, as_of=DAY)
    held = HeldHeadroom(by_customer={"PLN": 1_000, "EUR": 500}, by_others={"EUR": 250})
    account = prepared.account_with_held_headroom(held)
    assert (account.reserved, account.group_exposure) == (1_000 + 2_000, 1_000)
    assert account.foreign_currencies == ()
    unknown = prepared.account_with_held_headroom(HeldHeadroom(by_customer={"SEK": 5}))
    assert (unknown.reserved, unknown.foreign_currencies) == (0, ("SEK",))

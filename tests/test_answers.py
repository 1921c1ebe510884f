"""One question, one answer: from the ledger as known, by the champions in service."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from payrisk import bundle
from payrisk.answers import Answers, UnknownCustomer, groups, home_state, read_answers
from payrisk.calendar import day_of
from payrisk.credit import CreditApplication, CreditPolicy, CreditRequest, Order
from payrisk.credit.deciding.policy import HOUSE
from payrisk.errors import InputError, LedgerError, NoChampion
from support.company.five_customers import AS_OF, champions, small_company
from support.home.small_home import small_home


@pytest.fixture(scope="module")
def answers() -> Answers:
    return Answers(small_company(), champions(), ledger_sha="abc")


# -- curves ------------------------------------------------------------------------------------


def test_an_id_gets_one_answer_an_instalment_in_the_order_asked(answers):
    asked = ["G", "none", "A", "C", "C"]
    found = answers.payment_curves(as_of=AS_OF, invoice_ids=asked)
    assert [(one.invoice_id, one.instalment, one.availability) for one in found] == [
        ("G", 1, "full"),
        ("G", 2, "full"),
        ("none", 1, "unknown-invoice"),
        ("A", 1, "closed"),
        ("C", 1, "full"),
        ("C", 1, "full"),
    ]


def test_what_is_closed_later_was_open_earlier(answers):
    before = day_of("2025-02-05")
    assert answers.payment_curves(as_of=before, invoice_ids=["A"])[0].availability == "full"
    assert answers.payment_curves(as_of=before + 1, invoice_ids=["A"])[0].availability == "closed"


def test_the_answer_worked_by_hand(answers):
    (one,) = answers.payment_curves(as_of=AS_OF, invoice_ids=["C"])
    said = one.to_json()
    assert said["due_on"] == "2025-06-19"
    assert (said["p10_on"], said["p50_on"]) == ("2025-06-19", "2025-06-19")
    assert said["p90_on"] == "2025-07-09"
    assert len(said["probability_paid_by"]) == 17 + 120 + 1
    assert said["probability_paid_by"][16:18] == [0.0, 0.5]


def test_a_quote_needs_no_ledger_row(answers):
    quote = pd.DataFrame(
        [
            {
                "invoice_id": "Q",
                "instalment": 1,
                "customer_id": "stranger",
                "issued_on": AS_OF,
                "due_on": AS_OF + 14,
                "amount": 100,
                "currency": "EUR",
            }
        ]
    )
    (one,) = answers.payment_curves(as_of=AS_OF, invoices=quote)
    assert one.curve is not None
    assert one.curve.median_days() == 14


def test_without_a_curve_model_it_says_so():
    alone = Answers(small_company(), {}, ledger_sha="abc")
    with pytest.raises(NoChampion, match="days-to-pay"):
        alone.payment_curves(as_of=AS_OF, invoice_ids=["A"])
    with pytest.raises(NoChampion):
        alone.cash_forecast(as_of=AS_OF)


# -- decisions ---------------------------------------------------------------------------------


def test_a_decision_names_all_it_stands_on(answers):
    decision = answers.credit_decision(CreditRequest(customer_id="c1"), as_of=AS_OF)
    assert decision.outcome == "approve"
    assert decision.basis.model_versions == {"days-to-pay": "1", "default-risk": "7"}
    assert decision.basis.ledger_sha == "abc"
    assert decision.policy_sha == CreditPolicy.read().sha
    assert decision.inputs["account"]["open"] == 370_000


def test_a_clean_company_that_nothing_scored_is_for_a_person_and_hears_why(answers):
    application = CreditApplication(
        "Muster GmbH",
        "EUR",
        False,
        website="muster.example",
        requested_limit=4_000_000,
        founded_on=0,
        turnover=400_000_000,
        net_worth=60_000_000,
        financials_on=AS_OF - 100,
        bureau_score=250.0,
        bureau_scored_on=AS_OF - 10,
    )
    decision = answers.credit_decision(CreditRequest(application=application), as_of=AS_OF)
    assert (decision.outcome, decision.limit.binding) == ("refer", "house_tier")
    assert (decision.limit.proposed, decision.limit.granted) == (2_500_000, None)
    told = [one.code for one in decision.reasons]
    assert (told[0], {"bound_by_house_tier", "no_history"} <= set(told)) == (
        "unverified_newcomer",
        True,
    )


def test_an_applicant_counts_toward_its_group(answers):
    application = CreditApplication("New", "EUR", False, parent_id="c1")
    decision = answers.credit_decision(CreditRequest(application=application), as_of=AS_OF)
    assert decision.inputs["account"]["group_exposure"] == 480_000


def test_a_day_long_after_the_last_fact_is_referred(answers):
    decision = answers.credit_decision(CreditRequest(customer_id="c1"), as_of=AS_OF + 60)
    assert (decision.outcome, decision.reasons[0].code) == ("refer", "stale_ledger")


def test_an_order_in_a_currency_never_billed_is_referred(answers):
    request = CreditRequest(customer_id="c1", order=Order(100, "USD"))
    decision = answers.credit_decision(request, as_of=AS_OF)
    assert (decision.outcome, decision.reasons[0].code) == ("refer", "foreign_exposure")


def test_unknown_customers_and_days_are_sentences(answers):
    with pytest.raises(UnknownCustomer, match="c9"):
        answers.credit_decision(CreditRequest(customer_id="c9"), as_of=AS_OF)
    with pytest.raises(LedgerError):
        answers.credit_decision(CreditRequest(customer_id="c1"), as_of=day_of("2020-01-01"))


def test_later_facts_change_no_earlier_answer(answers):
    early = day_of("2025-05-10")
    ledger = small_company()
    tables = {
        name: table[table["recorded_on"] < early] if name != "customers" else table
        for name, table in ledger.tables.items()
    }
    from payrisk.ledger import Ledger

    alone = Answers(Ledger.from_tables(tables)[0], champions(), ledger_sha="abc")
    for customer in ("c1", "c2", "c4"):
        request = CreditRequest(customer_id=customer)
        one, other = (
            each.credit_decision(request, as_of=early).to_json() for each in (answers, alone)
        )
        assert one["limit"] == other["limit"]
        assert one["inputs"] == other["inputs"]


# -- cash and aging ----------------------------------------------------------------------------


def test_the_forecast_ties_to_the_aging(answers):
    balance = answers.cash_forecast(as_of=AS_OF).balance()
    totals = answers.aging(as_of=AS_OF).totals()
    assert balance["open_balance"].tolist() == totals["open"].tolist()
    parts = balance[["settled_by_credits", "within_horizon", "beyond_horizon", "never"]]
    assert (parts.sum(axis=1) == balance["open_balance"]).all()


def test_the_same_question_has_the_same_answer(answers):
    again = Answers(small_company(), champions(), ledger_sha="abc")
    one, other = (each.cash_forecast(as_of=AS_OF).by_week() for each in (answers, again))
    pd.testing.assert_frame_equal(one, other)


def test_aging_takes_a_morning_or_an_evening(answers):
    known = answers.aging(as_of=AS_OF)
    true = answers.aging(close_of=AS_OF - 1)
    assert known.totals()["net"].tolist() == true.totals()["net"].tolist()
    assert true.known_before == answers.ledger.default_as_of
    for wrong in ({}, {"as_of": AS_OF, "close_of": AS_OF}):
        with pytest.raises(InputError):
            answers.aging(**wrong)


# -- a home ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return small_home(tmp_path_factory.mktemp("home")).home


@pytest.fixture(scope="module")
def served(home) -> Answers:
    return read_answers(home)


def test_a_home_is_read_with_both_champions_over_the_same_curves(served):
    assert [row["version"] for row in served.models()] == ["1", "1", None]
    as_of = served.ledger.default_as_of
    customers = served.history(as_of).customers()["customer_id"]
    decisions = [
        served.credit_decision(CreditRequest(customer_id=str(one)), as_of=as_of)
        for one in customers
    ]
    assert all(one.risk is not None for one in decisions)
    assert {one.outcome for one in decisions} - {"refer"}
    assert all(len(one.reasons) <= 4 for one in decisions)


def test_a_customer_of_a_home_is_scored_alone_as_among_all(served):
    as_of = served.ledger.default_as_of
    open_ids = served.history(as_of).open_invoices()["invoice_id"].tolist()
    together = served.payment_curves(as_of=as_of, invoice_ids=open_ids)
    for at in (0, len(open_ids) // 2):
        (alone, *_) = served.payment_curves(as_of=as_of, invoice_ids=[open_ids[at]])
        same = next(one for one in together if one.invoice_id == open_ids[at])
        assert alone.curve is not None
        assert same.curve is not None
        assert np.array_equal(alone.curve.probability_paid_by, same.curve.probability_paid_by)


@pytest.fixture
def own_home(home, tmp_path) -> Path:
    """A copy of the home that a test may change."""
    return Path(shutil.copytree(home, tmp_path / "home"))


def test_what_has_not_moved_is_kept_and_what_has_is_read_anew(served, own_home):
    home, first = own_home, served
    seen = home_state(home)
    assert home_state(home) == seen
    (home / "policy.toml").write_text(
        HOUSE.read_text(encoding="utf-8").replace("house-3", "ours-1"), encoding="utf-8"
    )
    assert home_state(home) != seen
    second = read_answers(home, first)
    assert second.ledger is first.ledger
    assert second.champions == first.champions
    assert (first.policy.id, second.policy.id) == ("house-3", "ours-1")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_a_pointer_that_cannot_be_read_is_said_and_the_one_before_answers_on(
    served, own_home, content
):
    pointer = own_home / "champions" / "days-to-pay"
    seen = home_state(own_home)
    pointer.unlink()
    if content is None:
        pointer.mkdir()
    else:
        pointer.write_bytes(content)
    assert home_state(own_home) != seen
    later, anew = read_answers(own_home, served), read_answers(own_home)
    assert later.champions["days-to-pay"].version == "1"
    assert "cannot be read; remove it" in anew.refused["days-to-pay"]
    assert "days-to-pay" not in anew.champions
    (own_home / "ledger").write_bytes(b"\xff")
    assert home_state(own_home)[0] == b"\xff"
    with pytest.raises(LedgerError, match="cannot be read"):
        read_answers(own_home, served)


def test_groups_are_words_and_an_unknown_one_names_those_there_are():
    assert groups.read_group_columns("entity,customer,entity", groups.CASH) == (
        "entity_id",
        "customer_id",
    )
    assert groups.read_group_columns("", groups.CASH) == ()
    with pytest.raises(InputError, match="'planet' is no group; use currency, customer, entity"):
        groups.read_group_columns("planet", groups.RECEIVABLES)


def test_a_damaged_champion_is_never_served_and_the_one_before_answers_on(served, own_home):
    home, first = own_home, served
    good, bad = (bundle.bundle_folder(home, "days-to-pay", version) for version in "12")
    bad.mkdir()
    for file in good.iterdir():
        (bad / file.name).write_bytes(file.read_bytes())
    (bad / "model.json").write_bytes((good / "model.json").read_bytes()[:-2])
    (home / "champions" / "days-to-pay").write_text("bundles/days-to-pay/2\n")
    later, anew = read_answers(home, first), read_answers(home)
    assert later.champions["days-to-pay"].version == "1"
    assert "does not verify" in later.refused["days-to-pay"]
    assert "days-to-pay" not in anew.champions
    row = anew.models()[0]
    assert (row["is_available"], row["why_not"]) == (False, anew.refused["days-to-pay"])
    decision = anew.credit_decision(
        CreditRequest(customer_id=str(anew.history(20_000_000).customers()["customer_id"][0])),
        as_of=anew.ledger.default_as_of,
    )
    assert decision.outcome == "refer"

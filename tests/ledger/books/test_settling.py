"""Each ordinary row of a real export, worked by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from payrisk.calendar import NEVER, day_of
from payrisk.ledger import SettleRules, Tolerance
from support.ledgers.by_hand import credit, event, invoice, ledger, link, stand


def test_full_payment_settles_on_the_day_the_money_came_not_when_it_was_matched():
    one = ledger(
        invoices=[invoice(amount=100_00)],
        credits=[credit("p", 100_00, "2025-02-03")],
        allocations=[link("p", "A", 100_00, "2025-02-10")],
    )
    assert stand(one, "2025-02-10")["paid_on"] == NEVER  # matched that day, not known yet
    known = stand(one, "2025-02-11")
    assert known["paid_on"] == day_of("2025-02-03")
    assert known["closed_by"] == "cash"
    assert known["closing_recorded_on"] == day_of("2025-02-10")


def test_instalments_are_rows_with_their_own_due_day():
    one = ledger(
        invoices=[
            invoice(amount=60_00, instalment=1, due_on="2025-01-31"),
            invoice(amount=40_00, instalment=2, due_on="2025-02-28"),
        ],
        credits=[credit("p", 60_00, "2025-01-31")],
        allocations=[link("p", "A", 60_00, "2025-01-31", instalment=1)],
    )
    left = one.as_of(day_of("2025-02-05")).open_invoices()
    assert left[["instalment", "residual"]].to_numpy().tolist() == [[2, 40_00]]


def test_cash_on_account_waits_until_it_is_allocated():
    one = ledger(
        invoices=[invoice(amount=100_00)],
        credits=[credit("p", 70_00, "2025-01-20")],
        allocations=[link("p", "A", 70_00, "2025-01-25")],
    )
    before, after = one.as_of(day_of("2025-01-25")), one.as_of(day_of("2025-01-26"))
    assert before.credit_balances()["unapplied"].tolist() == [70_00]
    assert before.open_invoices()["residual"].tolist() == [100_00]
    assert after.credit_balances().empty
    assert after.open_invoices()["residual"].tolist() == [30_00]


def test_unlinked_credit_note_lowers_the_balance_but_no_invoice():
    one = ledger(
        invoices=[invoice(amount=100_00)],
        credits=[credit("n", 15_00, "2025-01-10", kind="credit_note")],
    )
    books = one.balance_at(day_of("2025-01-31"))
    assert books.residuals()["residual"].tolist() == [100_00]
    assert books.control_total()["net"].tolist() == [85_00]


def test_prepayment_counts_from_the_day_of_issue():
    one = ledger(
        invoices=[invoice(amount=100_00)],
        credits=[credit("p", 100_00, "2024-12-20")],
        allocations=[link("p", "A", 100_00, "2025-01-02")],
    )
    assert stand(one, "2025-01-03")["paid_on"] == day_of("2025-01-01")
    early = one.as_of(day_of("2025-01-01"))
    assert early.credit_balances()["unapplied"].tolist() == [100_00]


@pytest.mark.parametrize(("left", "settled"), [(50, True), (51, False)])
def test_tolerance_is_the_smaller_of_amount_and_rate(left, settled):
    # 0.5 % of 100.00 is 0.50, less than the flat 1.00
    one = ledger(
        invoices=[invoice(amount=100_00)],
        credits=[credit("p", 100_00 - left, "2025-01-31")],
        allocations=[link("p", "A", 100_00 - left, "2025-01-31")],
    )
    books = one.balance_at(day_of("2025-02-28"))
    assert (books.invoices()["paid_on"].iat[0] < NEVER) == settled
    assert books.residuals()["residual"].tolist() == [left]  # aging shows it to the cent


def test_tolerance_of_a_currency_replaces_the_usual_one():
    rules = SettleRules(tolerances={"EUR": Tolerance(amount=5_00, rate=1.0)})
    one = ledger(
        rules,
        invoices=[invoice(amount=100_00)],
        credits=[credit("p", 95_00, "2025-01-31")],
        allocations=[link("p", "A", 95_00, "2025-01-31")],
    )
    assert stand(one, "2025-02-28")["paid_on"] == day_of("2025-01-31")


@pytest.mark.parametrize(("paid_on", "settled"), [("2025-01-11", True), ("2025-01-12", False)])
def test_agreed_discount_settles_only_inside_its_window(paid_on, settled):
    one = ledger(
        invoices=[invoice(amount=100_00, terms="2/10 net 30")],
        credits=[credit("p", 98_00, paid_on)],
        allocations=[link("p", "A", 98_00, paid_on)],
    )
    assert (stand(one, "2025-02-28")["paid_on"] < NEVER) == settled


def test_withholding_credit_and_agreed_withholding_both_settle():
    certificate = ledger(
        invoices=[invoice(amount=100_00)],
        credits=[
            credit("p", 90_00, "2025-01-30"),
            credit("w", 10_00, "2025-03-01", kind="withholding"),
        ],
        allocations=[
            link("p", "A", 90_00, "2025-01-30"),
            link("w", "A", 10_00, "2025-03-01"),
        ],
    )
    assert stand(certificate, "2025-04-01")["paid_on"] == day_of("2025-03-01")
    agreed = ledger(
        invoices=[invoice(amount=100_00, withholding_rate=0.10)],
        credits=[credit("p", 90_00, "2025-01-30")],
        allocations=[link("p", "A", 90_00, "2025-01-30")],
    )
    assert stand(agreed, "2025-04-01")["paid_on"] == day_of("2025-01-30")


def test_reversal_undoes_the_settlement_and_a_new_payment_restores_it():
    one = ledger(
        invoices=[invoice(amount=100_00)],
        credits=[credit("p", 100_00, "2025-01-30"), credit("q", 100_00, "2025-02-20")],
        allocations=[link("p", "A", 100_00, "2025-01-30"), link("q", "A", 100_00, "2025-02-20")],
        events=[event("reversal", "p", "2025-02-05")],
    )
    assert stand(one, "2025-02-05")["paid_on"] == day_of("2025-01-30")
    assert stand(one, "2025-02-06")["paid_on"] == NEVER
    assert stand(one, "2025-02-06")["residual"] == 100_00
    assert stand(one, "2025-02-21")["paid_on"] == day_of("2025-02-20")


def test_partial_reversal_takes_unapplied_cash_first_then_the_last_allocation():
    one = ledger(
        invoices=[invoice("A", 60_00), invoice("B", 30_00)],
        credits=[credit("p", 100_00, "2025-01-20")],
        allocations=[link("p", "A", 60_00, "2025-01-21"), link("p", "B", 30_00, "2025-01-22")],
        events=[event("reversal", "p", "2025-02-05", amount=25_00)],
    )
    books = one.balance_at(day_of("2025-02-05"))
    assert books.invoices().set_index("invoice_id")["residual"].to_dict() == {"A": 0, "B": 15_00}
    assert books.credit_balances().empty
    assert books.control_total()["net"].tolist() == [15_00]


def test_reversal_naming_an_invoice_takes_back_its_last_payment():
    one = ledger(
        invoices=[invoice(amount=100_00)],
        credits=[credit("p", 40_00, "2025-01-10"), credit("q", 60_00, "2025-01-20")],
        allocations=[link("p", "A", 40_00, "2025-01-10"), link("q", "A", 60_00, "2025-01-20")],
        events=[event("reversal", "A", "2025-01-25")],
    )
    assert stand(one, "2025-02-01")["residual"] == 60_00


def test_offset_closes_without_cash():
    one = ledger(
        invoices=[invoice(amount=100_00)],
        credits=[credit("o", 100_00, "2025-01-20", kind="offset")],
        allocations=[link("o", "A", 100_00, "2025-01-20")],
    )
    now = stand(one, "2025-02-01")
    assert (now["closed_by"], now["closed_on"]) == ("without_cash", day_of("2025-01-20"))
    assert now["paid_on"] == NEVER


def test_bad_debt_is_a_loss_and_goodwill_is_not():
    def written_off(reason: str) -> str:
        one = ledger(
            invoices=[invoice(amount=100_00)],
            credits=[
                credit("p", 95_00, "2025-01-20"),
                credit("w", 5_00, "2025-03-20", kind="write_off", reason=reason),
            ],
            allocations=[link("p", "A", 95_00, "2025-01-20"), link("w", "A", 5_00, "2025-03-20")],
        )
        return str(stand(one, "2025-04-01")["closed_by"])

    assert written_off("bad_debt") == "loss"
    assert written_off("goodwill") == "cash"


def test_recovery_after_a_write_off_turns_loss_to_cash_and_lowers_nothing_twice():
    one = ledger(
        invoices=[invoice(amount=100_00)],
        credits=[
            credit("w", 100_00, "2025-06-01", kind="write_off", reason="bad_debt"),
            credit("r", 30_00, "2025-09-01", kind="recovery"),
        ],
        allocations=[link("w", "A", 100_00, "2025-06-01"), link("r", "A", 30_00, "2025-09-01")],
    )
    books = one.balance_at(day_of("2025-09-30"))
    total = books.control_total().iloc[0]
    assert (total["recovered"], total["net"]) == (30_00, 0)
    assert books.invoices()["closed_by"].tolist() == ["loss"]


def test_recovery_by_an_agency_before_any_write_off_is_cash():
    one = ledger(
        invoices=[invoice(amount=100_00)],
        credits=[
            credit("r", 40_00, "2025-05-01", kind="recovery"),
            credit("w", 60_00, "2025-06-01", kind="write_off", reason="bad_debt"),
        ],
        allocations=[link("r", "A", 40_00, "2025-05-01"), link("w", "A", 60_00, "2025-06-01")],
    )
    assert stand(one, "2025-07-01")["residual"] == 0
    assert one.balance_at(day_of("2025-06-30")).control_total()["net"].tolist() == [0]


def test_sold_invoice_leaves_the_books_and_comes_back_when_the_sale_is_undone():
    facts = {"invoices": [invoice(amount=100_00)]}
    sold = event("sold", "A", "2025-01-15", stage="with_recourse")
    one = ledger(**facts, events=[sold])
    books = one.balance_at(day_of("2025-01-31"))
    assert books.open_invoices().empty
    assert books.control_total()[["sold", "net"]].to_numpy().tolist() == [[100_00, 0]]
    assert books.invoices()["closed_by"].isna().all()  # sold is none of settled, closed or lost
    back = ledger(**facts, events=[sold, event("reversal", "A", "2025-02-20")])
    assert stand(back, "2025-03-01")["residual"] == 100_00


def test_disputed_amount_counts_while_the_dispute_is_open():
    one = ledger(
        invoices=[invoice(amount=100_00)],
        events=[
            event("dispute_opened", "A", "2025-01-10", amount=40_00),
            event("dispute_closed", "A", "2025-02-10"),
        ],
    )
    assert stand(one, "2025-01-10")["disputed"] == 0
    assert stand(one, "2025-01-11")["disputed"] == 40_00
    assert stand(one, "2025-02-11")["disputed"] == 0


@pytest.mark.parametrize(
    ("recorded", "due"), [("2025-01-30", "2025-02-15"), ("2025-01-31", "2025-01-31")]
)
def test_extension_counts_only_when_recorded_before_the_due_day(recorded, due):
    change = event("due_date_change", "A", recorded, refers_on="2025-02-15")
    one = ledger(invoices=[invoice(amount=100_00)], events=[change])
    now = stand(one, "2025-03-01")
    assert (now["due_on"], now["original_due_on"]) == (day_of(due), day_of("2025-01-31"))


def test_merged_customers_are_one_from_the_day_it_is_known():
    one = ledger(
        invoices=[invoice("A"), invoice("B", customer_id="old")],
        aliases=[
            {
                "alias_id": "old",
                "customer_id": "c1",
                "valid_on": "2025-02-01",
                "recorded_on": "2025-02-03",
            }
        ],
    )
    assert set(one.as_of(day_of("2025-02-03")).invoices()["customer_id"]) == {"c1", "old"}
    assert set(one.as_of(day_of("2025-02-04")).invoices()["customer_id"]) == {"c1"}
    assert "old" not in set(one.as_of(day_of("2025-02-04")).customers()["customer_id"])
    assert one.default_as_of == day_of("2025-02-04")


def test_parent_group_is_its_head_and_may_change():
    one = ledger(
        customers=[
            {"customer_id": "c1", "parent_id": "sub"},
            {"customer_id": "sub", "parent_id": "top"},
            {"customer_id": "top"},
            {"customer_id": "other"},
        ],
        invoices=[invoice("A")],
        attributes=[
            {"customer_id": "c1", "name": "parent", "value": "other", "valid_on": "2025-02-01"}
        ],
    )
    assert stand(one, "2025-02-01")["parent_id"] == "top"
    assert stand(one, "2025-02-02")["parent_id"] == "other"


def test_late_recording_hides_a_fact_until_the_day_after():
    one = ledger(
        invoices=[invoice("A"), invoice("B", recorded_on="2025-01-20")],
        credits=[credit("p", 100_00, "2025-01-10", recorded_on="2025-01-12")],
        allocations=[link("p", "A", 100_00, "2025-01-10")],
    )
    assert one.as_of(day_of("2025-01-20")).invoices()["invoice_id"].tolist() == ["A"]
    assert one.as_of(day_of("2025-01-21")).invoices()["invoice_id"].tolist() == ["A", "B"]
    assert stand(one, "2025-01-12")["residual"] == 100_00
    assert stand(one, "2025-01-13")["residual"] == 0


def test_true_balance_of_an_evening_knows_what_was_recorded_later():
    one = ledger(
        invoices=[invoice("A")],
        credits=[credit("p", 100_00, "2025-01-10", recorded_on="2025-01-20")],
        allocations=[link("p", "A", 100_00, "2025-01-20")],
    )
    evening = day_of("2025-01-10")
    assert one.balance_at(evening).residuals().empty
    assert one.balance_at(evening, known_before=evening + 1).residuals()["residual"].tolist() == [
        100_00
    ]


AGREED = SettleRules(interest_rate=0.12)


@pytest.mark.parametrize("paid", [1_000_01, 1_005_00, 1_200_00])
def test_nobody_s_interest_is_assumed_on_account_cash_stays_whole(paid):
    # 73 days late: at 12 % a year 24.00 could be interest, but nobody billed or agreed any
    one = ledger(
        invoices=[invoice(amount=1_000_00)],
        credits=[credit("p", paid, "2025-04-14")],
        allocations=[link("p", "A", 1_000_00, "2025-04-14")],
    )
    excess = paid - 1_000_00
    books = one.balance_at(day_of("2025-04-30"))
    assert books.credit_balances()["unapplied"].tolist() == [excess]
    assert books.control_total()[["interest", "net"]].to_numpy().tolist() == [[0, -excess]]


def test_overpayment_is_unapplied_but_agreed_interest_for_being_late_is_not():
    # 12 % a year on 1,000.00 for 73 days late = 24.00; 30.00 too much leaves 6.00
    one = ledger(
        invoices=[invoice(amount=1_000_00)],
        credits=[credit("p", 1_030_00, "2025-04-14")],
        allocations=[link("p", "A", 1_000_00, "2025-04-14")],
        rules=AGREED,
    )
    books = one.balance_at(day_of("2025-04-30"))
    assert books.credit_balances()["unapplied"].tolist() == [6_00]
    assert books.control_total()[["interest", "net"]].to_numpy().tolist() == [[24_00, -6_00]]


def test_a_late_part_payment_pays_no_interest_while_its_invoice_is_open():
    # 500.00 of 1,000.00 comes 73 days late, 10.00 of it not yet matched: cash, not interest
    part = {
        "invoices": [invoice(amount=1_000_00)],
        "credits": [credit("p", 500_00, "2025-04-14"), credit("q", 520_00, "2025-04-14")],
    }
    first = link("p", "A", 490_00, "2025-04-14")
    books = ledger(**part, allocations=[first], rules=AGREED).balance_at(day_of("2025-04-30"))
    assert books.credit_balances()["unapplied"].tolist() == [10_00 + 520_00]
    assert books.control_total()[["interest", "net"]].to_numpy().tolist() == [[0, -20_00]]
    # the rest comes: 12 % a year of 490.00 and of 510.00 for 73 days is more than 10.00 each
    both = [first, link("q", "A", 510_00, "2025-04-14")]
    books = ledger(**part, allocations=both, rules=AGREED).balance_at(day_of("2025-04-30"))
    assert books.credit_balances().empty
    assert books.control_total()[["interest", "net"]].to_numpy().tolist() == [[20_00, 0]]


def test_allocation_beyond_an_invoice_is_credit_of_its_customer():
    one = ledger(
        invoices=[invoice(amount=100_00)],
        credits=[credit("p", 130_00, "2025-01-20")],
        allocations=[link("p", "A", 130_00, "2025-01-20")],
    )
    books = one.balance_at(day_of("2025-01-31"))
    assert books.residuals().empty
    assert books.credit_balances()["unapplied"].tolist() == [30_00]


def test_negative_document_is_a_credit_note_waiting_to_be_linked():
    one = ledger(invoices=[invoice("A"), invoice("N", -20_00)])
    books = one.balance_at(day_of("2025-01-31"))
    assert books.invoices()["invoice_id"].tolist() == ["A"]
    assert books.credit_balances()["unapplied"].tolist() == [20_00]


def test_credit_of_another_currency_pays_at_the_rate_of_its_day():
    one = ledger(
        invoices=[invoice(amount=100_00)],
        credits=[credit("p", 110_00, "2025-01-20", currency="USD")],
        allocations=[link("p", "A", 100_00, "2025-01-20")],
        rates=[{"from": "EUR", "to": "USD", "valid_on": "2025-01-15", "rate": 1.1}],
    )
    books = one.balance_at(day_of("2025-01-31"))
    assert books.residuals().empty
    assert books.credit_balances().empty
    assert books.control_total().set_index("currency")["net"].to_dict() == {"EUR": 0, "USD": 0}


def test_a_rate_heard_later_prices_what_was_allocated_only_from_then_on():
    day = {"from": "EUR", "to": "USD", "valid_on": "2025-01-15"}
    then, later = day | {"rate": 1.1}, day | {"rate": 1.05, "recorded_on": "2025-03-01"}
    facts = {
        "invoices": [invoice(amount=100_00)],
        "credits": [credit("p", 110_00, "2025-01-20", currency="USD")],
        "allocations": [link("p", "A", 100_00, "2025-01-20")],
    }
    late_only = ledger(**facts, rates=[later])
    assert stand(late_only, "2025-03-01")["residual"] == 100_00
    assert stand(late_only, "2025-03-02")["residual"] == 0
    both = ledger(**facts, rates=[then, later | {"type": "corrected"}])
    assert both.as_of(day_of("2025-04-01")).credit_balances().empty


def test_a_payment_heard_of_later_never_changes_what_a_reversal_took_back():
    one = ledger(
        invoices=[invoice(amount=100_00)],
        credits=[
            credit("p", 60_00, "2025-01-05"),
            credit("q", 40_00, "2025-01-10", recorded_on="2025-03-01"),
        ],
        allocations=[
            link("p", "A", 60_00, "2025-01-05"),
            link("q", "A", 40_00, "2025-03-01"),
        ],
        events=[event("reversal", "A", "2025-01-25")],
    )
    assert stand(one, "2025-02-01")["residual"] == 100_00
    assert stand(one, "2025-03-02")["residual"] == 60_00


def test_a_reversal_of_one_instalment_stands_though_another_was_sold():
    parts = [invoice(amount=100_00, instalment=k) for k in (1, 2)]
    one = ledger(
        invoices=parts,
        credits=[credit("p", 100_00, "2025-01-05")],
        allocations=[link("p", "A", 100_00, "2025-01-05", instalment=2)],
        events=[event("sold", "A/1", "2025-01-10"), event("reversal", "A/2", "2025-01-25")],
    )
    frame = one.as_of(day_of("2025-02-01")).invoices().set_index("instalment")
    assert frame["residual"].to_dict() == {1: 0, 2: 100_00}
    assert (frame["sold_on"] < NEVER).to_dict() == {1: True, 2: False}


def test_a_customer_s_country_and_parent_are_known_from_the_day_its_row_was_recorded():
    one = ledger(
        customers=[
            {"customer_id": "c0", "recorded_on": "2025-01-01"},
            {
                "customer_id": "c1",
                "country": "FR",
                "parent_id": "c0",
                "recorded_on": "2025-02-01",
            },
        ],
        invoices=[invoice("A")],
    )
    before, after = stand(one, "2025-02-01"), stand(one, "2025-02-02")
    assert pd.isna(before["country"])
    assert (before["parent_id"], after["country"], after["parent_id"]) == ("c1", "FR", "c0")


def test_zero_invoice_is_settled_the_day_it_is_issued():
    one = ledger(invoices=[invoice("A", 0), invoice("B", 40)])
    frame = one.as_of(day_of("2025-02-01")).invoices().set_index("invoice_id")
    assert frame.loc["A", "settled_on"] == day_of("2025-01-01")
    assert frame.loc["B", "settled_on"] == NEVER  # tolerated cents do not settle a small invoice


def test_due_day_comes_from_terms_then_from_thirty_days():
    one = ledger(
        invoices=[
            invoice("A", due_on=NEVER, terms="net 45"),
            invoice("B", due_on=NEVER, terms="ZX9"),
        ]
    )
    due = one.as_of(day_of("2025-02-01")).invoices().set_index("invoice_id")["due_on"]
    assert due["A"] == day_of("2025-02-15")
    assert due["B"] == day_of("2025-01-31")


@pytest.mark.parametrize("kind", ["write_off", "withholding"])
def test_a_deduction_that_names_no_invoice_is_nobodys_credit_and_the_books_still_add_up(kind):
    one = ledger(
        invoices=[invoice(amount=1_000_00)],
        credits=[credit("W", 900_00, "2025-02-01", kind=kind)],
    )
    books = one.balance_at(day_of("2025-03-01"))
    assert not len(books.credit_balances())
    assert books.position.stranded.tolist() == [900_00]
    (total,) = books.control_total().to_dict("records")
    assert (total["credited"], total["net"]) == (0, 1_000_00)

"""Default and cure, worked by hand (docs/design.md, 'Default')."""

from __future__ import annotations

import pytest

from payrisk.calendar import NEVER, date_of, day_of
from payrisk.errors import InputError
from payrisk.ledger import DefaultRule
from support.ledgers.by_hand import credit, event, invoice, ledger, link

# A is due 2025-01-31: more than 90 days past due from the evening of 2025-05-02 on
FIRST_BAD_DAY = "2025-05-02"


def spells(one, as_of, rule=None):
    """(default_on, cured_on, cause) of c1 as ISO texts; None = lasts."""
    frame = one.as_of(day_of(as_of)).defaults(rule)
    return [
        (str(date_of(a)), None if b == NEVER else str(date_of(b)), c)
        for a, b, c in zip(frame["default_on"], frame["cured_on"], frame["cause"], strict=True)
    ]


def test_material_arrear_is_default_the_day_it_passes_ninety():
    one = ledger(invoices=[invoice(amount=500_00)])
    assert spells(one, FIRST_BAD_DAY) == []
    assert spells(one, "2025-05-03") == [(FIRST_BAD_DAY, None, "arrear")]
    assert one.as_of(day_of("2025-05-03")).in_default() == {"c1"}


@pytest.mark.parametrize(
    ("late", "open_elsewhere"),
    [(99_99, 0), (500_00, 5_000_00)],  # below the minimum; below a tenth of what is open
)
def test_a_stuck_invoice_that_is_small_or_a_small_share_is_no_default(late, open_elsewhere):
    more = [invoice("B", open_elsewhere, due_on="2025-12-31")] if open_elsewhere else []
    one = ledger(invoices=[invoice("A", late), *more])
    assert spells(one, "2025-06-01") == []
    assert spells(one, "2025-06-01", DefaultRule(share=0, minimum=1)) != []


def test_disputed_amounts_do_not_count_until_the_dispute_closes():
    one = ledger(
        invoices=[invoice(amount=500_00)],
        events=[
            event("dispute_opened", "A", "2025-04-20", amount=500_00),
            event("dispute_closed", "A", "2025-06-10"),
        ],
    )
    assert spells(one, "2025-06-10") == []
    assert spells(one, "2025-06-11") == [("2025-06-10", None, "arrear")]


def test_cured_after_ninety_clean_days_and_a_relapse_before_is_the_same_spell():
    paid = [credit("p", 500_00, "2025-05-20")], [link("p", "A", 500_00, "2025-05-20")]
    one = ledger(invoices=[invoice(amount=500_00)], credits=paid[0], allocations=paid[1])
    assert spells(one, "2025-08-17") == [(FIRST_BAD_DAY, None, "arrear")]
    assert spells(one, "2025-08-18") == [(FIRST_BAD_DAY, "2025-08-18", "arrear")]
    again = ledger(
        invoices=[invoice(amount=500_00), invoice("B", 500_00, due_on="2025-04-01")],
        credits=paid[0],
        allocations=paid[1],
    )
    assert spells(again, "2025-12-01") == [(FIRST_BAD_DAY, None, "arrear")]


def test_bad_debt_is_default_and_goodwill_never():
    def with_reason(reason):
        return ledger(
            invoices=[invoice(amount=500_00)],
            credits=[credit("w", 500_00, "2025-03-01", kind="write_off", reason=reason)],
            allocations=[link("w", "A", 500_00, "2025-03-01")],
        )

    assert spells(with_reason("bad_debt"), "2025-04-01") == [("2025-03-01", None, "loss")]
    assert spells(with_reason("goodwill"), "2025-12-01") == []


def test_insolvency_is_default_for_good():
    one = ledger(invoices=[invoice()], events=[event("insolvency", "c1", "2025-01-10")])
    assert spells(one, "2028-01-01")[0] == ("2025-01-10", None, "insolvency")


def test_extension_recorded_in_time_moves_the_clock():
    change = event("due_date_change", "A", "2025-01-20", refers_on="2025-03-02")
    one = ledger(invoices=[invoice(amount=500_00)], events=[change])
    assert spells(one, "2025-07-01") == [("2025-06-01", None, "arrear")]


def test_sold_invoice_cannot_default():
    one = ledger(invoices=[invoice(amount=500_00)], events=[event("sold", "A", "2025-02-01")])
    assert spells(one, "2025-12-01") == []


def test_default_is_not_seen_before_what_makes_it_is_recorded():
    late = credit(
        "w", 500_00, "2025-03-01", kind="write_off", reason="bad_debt", recorded_on="2025-03-10"
    )
    one = ledger(invoices=[invoice(amount=500_00)], credits=[late])
    assert spells(one, "2025-03-10") == []
    assert spells(one, "2025-03-11") == [("2025-03-01", None, "loss")]


def test_a_rule_that_cannot_be_meant_is_refused():
    with pytest.raises(InputError, match="share"):
        DefaultRule(share=1.5)


def test_the_tolerated_rest_of_a_settled_invoice_is_no_arrear():
    discount = {"discount_rate": 0.02, "discount_days": 10}
    one = ledger(
        invoices=[invoice(amount=100_000_00, **discount)],
        credits=[credit("p", 98_000_00, "2025-01-08")],
        allocations=[link("p", "A", 98_000_00, "2025-01-08")],
    )
    assert one.as_of(day_of("2025-12-01")).residuals()["residual"].tolist() == [2_000_00]
    assert spells(one, "2025-12-01") == []


def test_days_before_1970_tell_the_same_story():
    def spells(shift: int) -> list[tuple[int, int]]:
        def at(day: str) -> int:
            return day_of(day) - shift

        due = {"issued_on": at("2025-01-01"), "due_on": at("2025-01-31")}
        one = ledger(
            invoices=[
                invoice("A", 900_00, **due, recorded_on=at("2025-01-01")),
                invoice("B", 500_00, customer_id="c2", **due, recorded_on=at("2025-01-01")),
            ],
            credits=[credit("p", 900_00, at("2025-07-01"), recorded_on=at("2025-07-01"))],
            allocations=[link("p", "A", 900_00, at("2025-07-01"))],
        )
        found = one.as_of(at("2025-08-01")).defaults()
        return [
            (who, int(day) + shift) for who, day in found[["customer_id", "default_on"]].values
        ]

    assert spells(0) == spells(day_of("2025-01-01") - day_of("1900-01-01"))
    assert [who for who, _ in spells(0)] == ["c1", "c2"]


def test_a_dispute_without_an_amount_keeps_nothing_from_being_an_arrear():
    one = ledger(
        invoices=[invoice(amount=500_00)], events=[event("dispute_opened", "A", "2025-04-20")]
    )
    assert spells(one, "2025-05-03") == [(FIRST_BAD_DAY, None, "arrear")]


def test_a_dispute_keeps_its_money_from_being_an_arrear_for_sixty_days():
    one = ledger(
        invoices=[invoice(amount=500_00)],
        events=[event("dispute_opened", "A", "2025-03-05", amount=500_00)],
    )
    assert spells(one, "2025-05-05") == []  # 60 days old that evening, the 4th
    assert spells(one, "2025-05-06") == [("2025-05-05", None, "arrear")]


def test_a_dispute_that_one_of_us_opened_after_the_due_day_excuses_nothing():
    def begun(opener, on):
        dispute = event("dispute_opened", "A", on, amount=500_00, stage=opener)
        return spells(ledger(invoices=[invoice(amount=500_00)], events=[dispute]), "2025-05-03")

    assert begun("us", "2025-04-20") == [(FIRST_BAD_DAY, None, "arrear")]
    assert begun("m.meier", "2025-04-20") == [(FIRST_BAD_DAY, None, "arrear")]
    assert begun("customer", "2025-04-20") == []
    assert begun(None, "2025-04-20") == []

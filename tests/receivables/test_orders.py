"""Orders: each waits until it is billed, cancelled or expired, never twice and never again."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.calendar import day_of
from payrisk.ledger import Ledger
from payrisk.receivables.orders import known_orders, open_orders, order_key, order_keys
from payrisk.simulate import simulate
from support.ledgers.by_hand import event, invoice, ledger

BILLED = [invoice("A", 100, issued_on="2025-01-02")]


def placed(number, amount, on, by="2025-02-10", **more):
    usual = {"subject_kind": "customer", "amount": amount, "refers_on": by, "reason": number}
    return event("order", "c1", on, event_id=f"o{number}{on}") | usual | more


def cancelled(number, amount, on, **more):
    usual = {"subject_kind": "customer", "amount": amount, "reason": number}
    return event("order_cancelled", "c1", on, event_id=f"x{number}{on}") | usual | more


def left(one, morning):
    frame = open_orders(one.as_of(day_of(morning)))
    return dict(zip(frame["number"], frame["left"], strict=True))


def orders(*events, invoices=()):
    return ledger(invoices=[*BILLED, *invoices], events=list(events))


def test_a_cancelled_order_does_not_come_back_to_life():
    """The cancellation has no day of its own invoice: it lasts as long as its order."""
    one = orders(
        placed("P1", 500, "2025-01-05", by="2025-06-30"), cancelled("P1", 500, "2025-01-07")
    )
    for morning in ("2025-01-08", "2025-02-20", "2025-05-01", "2025-06-30"):
        assert left(one, morning) == {}


def test_a_cancellation_takes_its_own_order_and_no_other():
    one = orders(
        placed("P1", 500, "2025-01-05"),
        placed("P2", 300, "2025-01-06"),
        cancelled("P1", 500, "2025-01-07"),
    )
    assert left(one, "2025-01-08") == {"P2": 300}
    assert left(one, "2025-01-07") == {"P1": 500, "P2": 300}


def test_a_cancellation_of_an_expired_order_takes_nothing_from_another():
    one = orders(
        placed("P1", 500, "2025-01-03", by="2025-01-10"),
        placed("P2", 500, "2025-01-15"),
        cancelled("P1", 500, "2025-01-16"),
    )
    assert left(one, "2025-01-17") == {"P2": 500}


def test_a_cancellation_of_an_unknown_number_takes_nothing():
    one = orders(placed("P1", 500, "2025-01-05"), cancelled("P9", 500, "2025-01-07"))
    assert left(one, "2025-01-08") == {"P1": 500}


@pytest.mark.parametrize(("amount", "rest"), [(None, {}), (200, {"P1": 300})])
def test_a_cancellation_may_be_of_a_part(amount, rest):
    one = orders(placed("P1", 500, "2025-01-05"), cancelled("P1", amount, "2025-01-07"))
    assert left(one, "2025-01-08") == rest


def test_an_unnumbered_cancellation_takes_the_latest_order_of_its_amount():
    one = orders(
        placed(None, 500, "2025-01-04", event_id="a"),
        placed(None, 300, "2025-01-05", event_id="b"),
        placed(None, 300, "2025-01-06", event_id="c"),
        cancelled(None, 300, "2025-01-07"),
    )
    waiting = open_orders(one.as_of(day_of("2025-01-08")))
    assert list(waiting["order_id"]) == ["a", "b"]


def test_an_order_that_was_invoiced_early_is_not_counted_beside_its_invoice():
    by_amount = invoice("B", 500, issued_on="2025-01-20")
    one = orders(placed("P1", 500, "2025-01-05"), invoices=[by_amount])
    assert left(one, "2025-01-20") == {"P1": 500}
    assert left(one, "2025-01-21") == {}
    ended = known_orders(one.as_of(day_of("2025-01-21"))).iloc[0]
    assert ended["ended_by"] == "invoiced (by amount)"


def test_an_invoice_that_bears_the_number_ends_the_order_in_parts():
    parts = [
        invoice("B", 200, issued_on="2025-01-20", order_number="P1"),
        invoice("C", 300, issued_on="2025-01-25", order_number="P1"),
    ]
    one = orders(placed("P1", 500, "2025-01-05"), placed("P2", 300, "2025-01-05"), invoices=parts)
    assert left(one, "2025-01-21") == {"P1": 300, "P2": 300}
    assert left(one, "2025-01-26") == {"P2": 300}


def test_one_invoice_ends_one_order_of_two_alike():
    one = orders(
        placed("P1", 500, "2025-01-05"),
        placed("P2", 500, "2025-01-06"),
        invoices=[invoice("B", 500, issued_on="2025-01-20")],
    )
    assert left(one, "2025-01-21") == {"P2": 500}


def test_an_order_of_a_merged_customer_is_found_under_its_present_name():
    one = ledger(
        invoices=[invoice("A", 100, customer_id="new"), invoice("B", 500, customer_id="new")],
        aliases=[{"alias_id": "c1", "customer_id": "new", "valid_on": "2025-01-01"}],
        events=[placed("P1", 700, "2025-01-05")],
        customers=[{"customer_id": "c1"}, {"customer_id": "new"}],
    )
    assert list(open_orders(one.as_of(day_of("2025-01-09")))["customer_id"]) == ["new"]


def test_a_reservation_can_find_its_order_by_id_number_or_invoice():
    one = orders(
        placed("P1", 500, "2025-01-05"),
        invoices=[invoice("B", 200, issued_on="2025-01-20", order_number="P7")],
    )
    keys = order_keys(one.as_of(day_of("2025-02-01")))
    assert {order_key("c1", name) for name in ("P1", "P7", "oP12025-01-05")} <= keys
    assert order_key("c2", "P1") not in keys


def test_an_order_that_merely_expired_ends_no_reservation():
    """What is released again after its day counts by its reservation: once, never not at all."""
    one = orders(placed("P1", 500, "2025-01-05", by="2025-01-20"))
    assert order_key("c1", "P1") in order_keys(one.as_of(day_of("2025-01-20")))
    assert order_key("c1", "P1") not in order_keys(one.as_of(day_of("2025-01-21")))


def numbered(number, amount, on, **more):
    return placed(None, amount, on, event_id=f"o{number}{on}", order_number=number, **more)


def test_an_order_that_is_placed_again_after_its_cancellation_waits_again():
    one = orders(
        numbered("P1", 500, "2025-01-05"),
        cancelled(None, 500, "2025-01-07", order_number="P1"),
        numbered("P1", 400, "2025-01-09"),
    )
    assert left(one, "2025-01-08") == {}
    assert left(one, "2025-01-10") == {"P1": 400}


def test_an_order_sent_twice_counts_once_and_the_last_word_on_it_counts():
    one = orders(
        numbered("P1", 500, "2025-01-05"),
        numbered("P1", 500, "2025-01-06"),
        numbered("P1", 700, "2025-01-08"),
        invoices=[invoice("B", 200, issued_on="2025-01-20", order_number="P1")],
    )
    assert left(one, "2025-01-07") == {"P1": 500}
    assert left(one, "2025-01-09") == {"P1": 700}
    assert left(one, "2025-01-21") == {"P1": 500}


def test_an_order_that_got_another_number_is_the_same_order():
    one = orders(
        numbered("P1", 500, "2025-01-05"),
        numbered("P9", 500, "2025-01-08", old="P1"),
        invoices=[invoice("B", 500, issued_on="2025-01-20", order_number="P9")],
    )
    assert left(one, "2025-01-09") == {"P9": 500}
    assert left(one, "2025-01-21") == {}


@pytest.mark.parametrize(("number", "guess"), [("P1", ""), (None, "an invoice of its amount")])
def test_an_order_written_down_after_its_invoice_does_not_wait(number, guess):
    one = orders(
        numbered("P1", 500, "2025-01-22"),
        invoices=[invoice("B", 500, issued_on="2025-01-20", order_number=number)],
    )
    assert left(one, "2025-01-23") == {}
    ended = known_orders(one.as_of(day_of("2025-01-23"))).iloc[0]
    assert ended["guess"].startswith(guess)
    assert bool(ended["guess"]) == bool(guess)


def test_an_invoice_with_a_number_no_order_has_is_matched_by_amount_and_named_as_a_guess():
    one = orders(
        numbered("P1", 500, "2025-01-05"),
        invoices=[invoice("B", 500, issued_on="2025-01-20", order_number="4711")],
    )
    ended = known_orders(one.as_of(day_of("2025-01-21"))).iloc[0]
    assert (ended["left"], ended["ended_by"]) == (0, "invoiced (by amount)")
    assert ended["guess"]


def test_instalments_are_one_invoice_when_amounts_are_compared():
    parts = [
        invoice("B", 250, issued_on="2025-01-20", instalment=1),
        invoice("B", 250, issued_on="2025-01-20", instalment=2),
    ]
    one = orders(placed("P1", 500, "2025-01-05"), invoices=parts)
    assert left(one, "2025-01-21") == {}


def test_an_order_that_may_be_partly_invoiced_or_ran_out_unseen_says_so():
    one = orders(
        placed("P1", 500, "2025-01-05", by="2025-01-25"),
        invoices=[invoice("B", 200, issued_on="2025-01-20")],
    )
    waiting = known_orders(one.as_of(day_of("2025-01-21"))).iloc[0]
    assert (waiting["left"], waiting["guess"]) == (
        500,
        "an invoice without its number may be of it",
    )
    silent = orders(placed("P1", 500, "2025-01-12", by="2025-01-25"))
    over = known_orders(silent.as_of(day_of("2025-01-26"))).iloc[0]
    assert over["ended_by"] == "expired"
    assert over["guess"] == "its day is over and neither invoice nor cancellation came"


@pytest.mark.parametrize("seed", [3, 8])
def test_on_a_made_up_company_only_orders_to_be_billed_wait(seed):
    """By the truth of the simulation: an order of number N is billed, one of NX is cancelled."""
    one = Ledger.from_tables(simulate(60, 14, seed).tables)[0]
    events = one.tables["events"]
    made = events[events["kind"] == "order"].set_index("reason")
    off = events[events["kind"] == "order_cancelled"].set_index("reason")["recorded_on"]
    for as_of in np.linspace(one.first_day + 60, one.last_day + 1, 6).astype(int):
        waiting = set(open_orders(one.as_of(int(as_of)))["number"])
        known = made[made["recorded_on"] < as_of]
        gone = off.reindex(known.index) < as_of
        ahead = known["refers_on"] >= as_of
        expected = set(known.index[(ahead & ~gone).to_numpy()])
        assert waiting <= expected
        assert len(expected - waiting) <= 0.1 * len(expected) + 1  # an equal invoice came before

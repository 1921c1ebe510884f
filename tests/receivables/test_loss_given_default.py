"""What own defaults cost, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.calendar import day_of
from payrisk.receivables.loss_given_default import LossRate, loss_rate, worked_out_defaults
from support.ledgers.by_hand import credit, invoice, ledger, link

BEGAN = "2025-05-02"  # 91 days after 2025-01-31


def worked(morning: str, *, discount: float = 0.0, cost: float = 0.0, **facts):
    history = ledger(**facts).as_of(day_of(morning))
    return worked_out_defaults(
        history, lambda customer, day: False, discount_rate=discount, cost_rate=cost
    ).to_dict("records")


def test_nothing_back_after_a_year_is_lost_whole_and_before_that_is_left_out():
    facts = {"invoices": [invoice("A", 500_00)]}
    assert worked("2026-05-01", **facts) == []
    (row,) = worked("2026-05-03", **facts)
    assert (row["default_on"], row["exposure"]) == (day_of(BEGAN), 500_00)
    assert (row["recovered"], row["loss_rate"]) == (0, 1.0)


def test_cash_that_came_after_is_discounted_and_bears_its_cost():
    facts = {
        "invoices": [invoice("A", 500_00)],
        "credits": [credit("P", 100_00, "2025-03-01"), credit("Q", 200_00, "2025-11-02")],
        "allocations": [
            link("P", "A", 100_00, "2025-03-01"),
            link("Q", "A", 200_00, "2025-11-02"),
        ],
    }
    (row,) = worked("2026-06-01", discount=0.08, cost=0.25, **facts)
    assert (row["exposure"], row["recovered"]) == (400_00, 200_00)
    back = 200_00 * 1.08 ** (-184 / 365) * 0.75
    assert row["loss_rate"] == pytest.approx(1 - back / 400_00)


def test_the_vat_of_what_is_lost_comes_back():
    facts = {"invoices": [invoice("A", 1_190_00, tax_amount=190_00)]}
    (row,) = worked("2026-06-01", **facts)
    assert row["loss_rate"] == pytest.approx(1_000 / 1_190)


def test_a_default_paid_in_full_cost_nothing_and_is_worked_out_at_once():
    facts = {
        "invoices": [invoice("A", 500_00)],
        "credits": [credit("P", 500_00, "2025-05-20")],
        "allocations": [link("P", "A", 500_00, "2025-05-20")],
    }
    (row,) = worked("2025-06-01", **facts)
    assert (row["recovered"], row["loss_rate"]) == (500_00, 0.0)


def test_a_recovery_after_a_write_off_counts():
    facts = {
        "invoices": [invoice("A", 500_00)],
        "credits": [
            credit("W", 500_00, "2025-06-10", kind="write_off", reason="bad debt"),
            credit("R", 50_00, "2025-08-01", kind="recovery"),
        ],
        "allocations": [link("W", "A", 500_00, "2025-06-10"), link("R", "A", 50_00, "2025-08-01")],
    }
    (row,) = worked("2026-06-01", **facts)
    assert (row["exposure"], row["recovered"]) == (500_00, 50_00)
    assert row["loss_rate"] == pytest.approx(0.9)


def test_too_few_defaults_leave_the_constant_and_say_so():
    assert loss_rate(np.array([0.2] * 19), assumed=0.65, least=20) == LossRate(0.65, 19)
    rates = np.array([0.0] * 10 + [1.0] * 10)
    own = loss_rate(rates, assumed=0.65, least=20)
    assert (own.rate, own.n, own.is_assumed) == (0.5, 20, False)
    half = 1.645 * np.sqrt(5 / 19 / 20)
    assert (own.low, own.high) == (pytest.approx(0.5 - half), pytest.approx(0.5 + half))

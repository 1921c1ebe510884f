"""Overrides measured by hand: who defaulted within the horizon, by what was decided and done."""

from __future__ import annotations

import pytest

from payrisk.answers.desk.measured_overrides import (
    DecidedCase,
    measured_overrides,
    wilson_interval,
)
from payrisk.calendar import day_of, iso
from support.ledgers.by_hand import credit, invoice, ledger, link

HORIZON = 180
DECIDED = "2024-01-10"


@pytest.fixture(scope="module")
def history():
    """b0, b1 never pay what is due on 2024-01-31; g0 … g5 pay at once; all are known in 2025."""
    bad, good = [f"b{n}" for n in range(2)], [f"g{n}" for n in range(6)]
    day = {"issued_on": "2024-01-01", "due_on": "2024-01-31"}
    return ledger(
        customers=[
            {"customer_id": name, "name": name, "recorded_on": "2023-12-01"} for name in bad + good
        ],
        invoices=[invoice(f"i-{name}", 900_000, customer_id=name, **day) for name in bad + good],
        credits=[credit(f"p-{n}", 900_000, "2024-02-01", customer_id=n) for n in good],
        allocations=[link(f"p-{n}", f"i-{n}", 900_000, "2024-02-01") for n in good],
    ).as_of(day_of("2025-03-01"))


def case(name, decided="refer", instead="", as_of=DECIDED):
    return DecidedCase(name, as_of, decided, instead)


def group_of(measured, decided, instead=""):
    (group,) = [g for g in measured.groups if (g.decided, g.instead) == (decided, instead)]
    return group


def test_overridden_and_followed_are_counted_with_their_intervals(history):
    cases = [case("b0", instead="approve"), case("g0", instead="approve")]
    cases += [case("b1"), *(case(f"g{n}") for n in range(1, 5)), case("g5", "approve")]
    measured = measured_overrides(cases, history, HORIZON)
    overridden, followed = group_of(measured, "refer", "approve"), group_of(measured, "refer")
    assert (overridden.matured, overridden.defaulted, overridden.rate) == (2, 1, 0.5)
    assert (followed.matured, followed.defaulted, followed.rate) == (5, 1, 0.2)
    assert (followed.low, followed.high) == wilson_interval(1, 5)
    (difference,) = measured.differences
    assert difference.difference == pytest.approx(0.3)
    assert difference.low < 0 < difference.high
    assert "no proof" in measured.caveat


def test_a_customer_counts_once_and_only_when_its_time_is_over(history):
    cases = [case("g0"), case("g0", as_of="2024-02-10"), case("g1", as_of="2025-02-01")]
    group = group_of(measured_overrides(cases, history, HORIZON), "refer")
    assert (group.customers, group.matured, group.defaulted) == (2, 1, 0)
    edge = iso(day_of("2025-03-01") - HORIZON)
    late = iso(day_of("2025-03-01") - HORIZON + 1)
    on_time = measured_overrides(
        [case("g0", as_of=edge), case("g1", as_of=late)], history, HORIZON
    )
    assert group_of(on_time, "refer").matured == 1


def test_who_was_in_default_already_is_left_out_and_counted(history):
    measured = measured_overrides([case("b0", as_of="2024-09-01")], history, HORIZON)
    assert (measured.groups, measured.left_out) == ((), 1)

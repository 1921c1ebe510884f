"""The examples that explain the two clocks come out as they are told."""

from __future__ import annotations

from payrisk.calendar import day_of
from support.ledgers.by_hand import credit, event, invoice, ledger, link


def day(number: int) -> str:
    return f"2025-03-{number:02d}"


def residuals(one, mornings, name="A"):
    """What the timeline says was left of an invoice, a morning each."""
    row = list(one.tables["invoices"]["invoice_id"]).index(name)
    out = []
    for morning in mornings:
        rows = one.timeline.rows_on(day_of(day(morning)))
        (at,) = rows[one.timeline.invoice[rows] == row]
        out.append(int(one.timeline.residual[at]))
    return out


def test_a_corrected_amount_is_known_from_the_morning_after():
    one = ledger(
        invoices=[invoice(issued_on=day(1), recorded_on=day(2))],
        events=[
            event("changed", "A|1", day(10), subject_kind="invoice", field="amount", new="8000")
        ],
    )
    assert residuals(one, [3, 10, 11]) == [100_00, 100_00, 80_00]


def test_what_a_reversal_takes_back_changes_with_what_is_heard_later():
    one = ledger(
        invoices=[invoice(name, issued_on=day(1), recorded_on=day(1)) for name in "ABC"],
        credits=[credit("p", 100_00, day(3), recorded_on=day(3))],
        allocations=[
            link("p", "A", 60_00, day(3)),
            link("p", "B", 30_00, day(5)),
            link("p", "C", 10_00, day(12), happened_on=day(4)),
        ],
        events=[event("reversal", "p", day(9), amount=35_00)],
    )
    assert residuals(one, [9, 10, 12, 13], "A") == [40_00] * 4
    assert residuals(one, [9, 10, 12, 13], "B") == [70_00, 95_00, 95_00, 100_00]
    assert residuals(one, [9, 10, 12, 13], "C") == [100_00, 100_00, 100_00, 95_00]

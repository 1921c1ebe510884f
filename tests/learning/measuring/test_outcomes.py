from __future__ import annotations

import pytest

from payrisk.calendar import NEVER, day_of
from payrisk.learning.measuring.outcomes import settled_before, with_outcomes
from support.ledgers.by_hand import credit, event, invoice, ledger, link


def books():
    return ledger(
        invoices=[invoice(name) for name in "ABCD"],
        credits=[
            credit("a", 100_00, "2025-02-04"),
            credit("b", 100_00, "2025-02-05", kind="credit_note"),
        ],
        allocations=[
            link("a", "A", 100_00, "2025-02-04"),
            link("b", "B", 100_00, "2025-02-05"),
        ],
        events=[event("sold", "C", "2025-02-06", subject_kind="invoice")],
    )


def test_what_became_of_four_invoices_by_hand():
    latest = books().balance_at(day_of("2025-02-20"))
    rows = latest.invoices()[["invoice_id", "instalment"]].assign(as_of=day_of("2025-02-05"))
    found = with_outcomes(rows, latest).set_index("invoice_id")
    assert found["paid_on"].to_dict() == {
        "A": day_of("2025-02-04"), "B": NEVER, "C": NEVER, "D": NEVER,
    }  # fmt: skip
    assert found.at["B", "closed_by"] == "without_cash"
    assert found["last_known_on"].to_dict() == {
        "A": NEVER,
        "B": NEVER,
        "C": day_of("2025-02-05"),
        "D": day_of("2025-02-20"),
    }
    assert settled_before(found.reset_index()).tolist() == [True, False, False, False]


def test_an_invoice_the_books_do_not_hold_cannot_be_judged():
    latest = books().balance_at(day_of("2025-02-20"))
    rows = latest.invoices()[["invoice_id", "instalment"]].replace("A", "Z")
    with pytest.raises(KeyError):
        with_outcomes(rows, latest)

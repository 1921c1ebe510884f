"""Write-offs, withholdings and recoveries that would become free credit are in doubt."""

from __future__ import annotations

import pytest

from payrisk.ledger import Ledger
from payrisk.ledger.importing.deductions import unlinked_deduction_problems
from support.ledgers.by_hand import credit, frame, invoice, link


def doubts(credits, links):
    tables = {"invoices": [invoice("B1", 100_000)], "credits": credits, "allocations": links}
    filled = {name: frame(rows) for name, rows in tables.items() if rows}
    return unlinked_deduction_problems(None, Ledger.from_tables(filled)[0])


@pytest.mark.parametrize("kind", ["write_off", "withholding", "recovery"])
def test_one_that_names_no_invoice(kind):
    (doubt,) = doubts([credit("W", 90_000, "2025-02-01", kind=kind)], [])
    assert doubt.action == "doubted"
    assert "900.00 EUR" in doubt.message


def test_one_beyond_what_was_open():
    paid = [
        credit("P", 60_000, "2025-01-20"),
        credit("W", 100_000, "2025-02-01", kind="write_off"),
    ]
    links = [link("P", "B1", 60_000, "2025-01-20"), link("W", "B1", 100_000, "2025-02-01")]
    (doubt,) = doubts(paid, links)
    assert "600.00 EUR" in doubt.message


def test_those_that_settle_their_invoice_are_not():
    paid = [
        credit("P", 60_000, "2025-01-20"),
        credit("W", 40_000, "2025-02-01", kind="write_off"),
        credit("R", 10_000, "2025-03-01", kind="recovery"),
    ]
    links = [
        link("P", "B1", 60_000, "2025-01-20"),
        link("W", "B1", 40_000, "2025-02-01"),
        link("R", "B1", 10_000, "2025-03-01"),
    ]
    assert doubts(paid, links) == []
    assert doubts([credit("N", 90_000, "2025-02-01", kind="credit_note")], []) == []

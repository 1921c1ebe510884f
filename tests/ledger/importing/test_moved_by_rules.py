"""The report says which rule of ours moved how many rows and cents."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of
from payrisk.ledger.importing.reading import load_preset
from payrisk_pipelines.importing import import_files

TODAY = day_of("2025-06-30")
HEAD = "invoice_id,customer_id,issued_on,due_on,amount,currency,paid_on,paid_amount,terms\n"


def rules(tmp_path, day=TODAY, **files):
    folder = tmp_path / "export"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    done = import_files(
        tmp_path / "home", folder, load_preset("generic"), day, accept_doubts="a test"
    )
    lines = done.report.rules.itertuples(index=False, name=None)
    return {line[:2]: line[2:] for line in lines}


CASES = {
    "prepayments linked from the issue of their invoice on": (
        "A,c1,2025-02-01,2025-03-01,80.00,EUR,2025-01-20,,\n",
        (1, 8000),
    ),
    "no due day: made from the terms, else 30 days": (
        "A,c1,2025-02-01,,80.00,EUR,,,net 14\nB,c1,2025-02-01,,20.00,EUR,,,net 14\n",
        (2, 10000),
    ),
    "no due day and no terms: 30 days after issue": (
        "A,c1,2025-02-01,,80.00,EUR,,,\n",
        (1, 8000),
    ),
    "negative documents read as credit notes": (
        "A,c1,2025-02-01,2025-03-01,80.00,EUR,,,\nN,c1,2025-02-01,,-5.50,EUR,,,\n",
        (1, 550),
    ),
    "credits beyond their invoices: the rest is on account": (
        "A,c1,2025-02-01,2025-03-01,80.00,EUR,2025-03-01,100.00,\n",
        (1, 2000),
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_is_named_with_the_rows_and_cents_it_moved(tmp_path, rule):
    text, moved = CASES[rule]
    assert rules(tmp_path, invoices=HEAD + text)[rule, "EUR"] == moved


def test_an_ordinary_file_is_moved_by_no_rule(tmp_path):
    text = "A,c1,2025-02-01,2025-03-01,80.00,EUR,2025-03-01,80.00,\n"
    assert rules(tmp_path, invoices=HEAD + text) == {}


def test_matching_after_the_receipt_and_cuts_are_named(tmp_path):
    found = rules(
        tmp_path,
        invoices=HEAD + "A,c1,2025-02-01,2025-03-01,80.00,EUR,,,\n",
        credits="credit_id,customer_id,happened_on,amount,currency\nP,c1,2025-03-01,60.00,EUR\n",
        allocations="credit_id,invoice_id,amount,happened_on\nP,A,70.00,2025-03-09\n",
    )
    assert found["credits count on their receipt, not when they were matched", "EUR"] == (1, 7000)
    assert found["allocations cut to what their credit has", "EUR"] == (1, 1000)


def test_late_facts_extensions_and_undated_attributes_are_named(tmp_path):
    text = HEAD + "A,c1,2025-02-01,2025-03-01,80.00,EUR,,,\n"
    rules(tmp_path, day_of("2025-03-02"), invoices=text)
    found = rules(
        tmp_path,
        invoices=text + "L,c1,2025-01-15,2025-03-02,33.00,EUR,,,\n",
        events="kind,invoice_id,happened_on,refers_on\ndue_date_change,A,2025-03-05,2025-04-01\n",
        attributes="customer_id,name,value\nc1,rating,AA\n",
    )
    assert found["invoices of days already closed: known from this import on", "EUR"] == (1, 3300)
    rule = "extensions recorded when it was due already: the old due day stays"
    assert found[rule, "EUR"] == (1, 8000)
    rule = "attributes without a day: valid from this import on, not earlier"
    assert found[rule, ""][0] == 1

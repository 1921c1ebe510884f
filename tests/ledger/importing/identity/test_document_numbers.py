"""Numbers used again: two documents stay two, one stays one, and what may be either is asked."""

from __future__ import annotations

import itertools
from pathlib import Path

import pandas as pd
import pytest

from payrisk.calendar import day_of
from payrisk.ledger import Ledger
from payrisk.ledger.importing.merging import latest_tables, merge
from payrisk.ledger.importing.reading import load_preset, read_source

GENERIC = load_preset("generic")
COLUMNS = "invoice_id,customer_id,entity_id,issued_on,due_on,amount,currency"
BARE = "invoice_id,customer_id,issued_on,due_on,amount,currency"
FIRST = "1001,C1,DE01,2025-01-05,2025-02-04,1000.00,EUR"
SECOND = "1002,C2,DE01,2025-12-20,2026-01-19,70.00,EUR"
NEXT_YEAR = "1001,C7,DE01,2026-01-09,2026-02-08,400.00,EUR"


def imported(folder: Path, *files: dict[str, str]) -> tuple[Ledger, list]:
    """The ledger after some imports, each a folder of files given by their lines."""
    ledger, problems = None, []
    for turn, texts in enumerate(files):
        place = folder / f"import-{turn}"
        place.mkdir(parents=True)
        for name, lines in texts.items():
            (place / f"{name}.csv").write_text(lines + "\n", "utf-8")
        day = day_of("2026-06-01") + turn
        source = read_source(
            place, GENERIC, imported_on=day, ledger_tables=ledger.tables if ledger else None
        )
        problems += source.problems
        if ledger is None:
            ledger, more = Ledger.from_tables(source.tables)
        elif source.rows_accepted:
            tables, more = merge(ledger, source.tables, day, full=False)
            ledger = Ledger(tables, ledger.rules)
        else:
            more = []
        problems += more
    assert ledger is not None
    return ledger, problems


def open_cents(ledger: Ledger, evening: str) -> int:
    return int(ledger.balance_at(day_of(evening)).invoices()["residual"].sum())


def ids(ledger: Ledger) -> set[str]:
    return set(ledger.tables["invoices"]["invoice_id"])


def lines(*rows: str, header: str = COLUMNS) -> str:
    return "\n".join([header, *rows])


def aside(problems: list) -> list:
    return [p for p in problems if p.action == "quarantined"]


def test_two_entities_may_give_the_same_number(tmp_path):
    rows = [
        "1001,C1,DE01,2026-01-05,2026-02-04,1000.00,EUR",
        "1001,C7,FR01,2026-01-09,2026-02-08,400.00,EUR",
        "1002,C2,DE01,2026-01-10,2026-02-09,50.00,EUR",
    ]
    seen = []
    for turn, order in enumerate(itertools.permutations(rows)):
        ledger, problems = imported(tmp_path / str(turn), {"invoices": lines(*order)})
        assert not aside(problems)
        assert open_cents(ledger, "2026-02-28") == 145_000
        seen.append(ids(ledger))
    assert all(i == {"1001", "1001~C7~2026", "1002"} for i in seen)
    assert set(ledger.tables["invoices"]["number"].dropna()) == {"1001"}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_number_used_again_next_year_is_another_invoice(tmp_path, order):
    files = [{"invoices": lines(FIRST, SECOND)}, {"invoices": lines(NEXT_YEAR)}]
    ledger, problems = imported(tmp_path, *[files[i] for i in order])
    assert not aside(problems)
    assert open_cents(ledger, "2026-02-28") == 147_000
    assert open_cents(ledger, "2025-12-31") == 107_000


PARTS = "invoice_id,instalment,customer_id,issued_on,due_on,amount,currency"


@pytest.mark.parametrize("parted", [False, True])
def test_instalments_over_the_end_of_a_year_are_one_document(tmp_path, parted):
    rows = [
        "1001,1,C1,2024-11-05,2024-12-04,100.00,EUR",
        "1001,2,C1,2025-01-10,2025-02-09,30.00,EUR",
        "1002,1,C2,2024-12-20,2025-01-19,70.00,EUR",
    ]
    links = "credit_id,invoice_id,instalment,amount,happened_on\nP1,1001,2,30.00,2025-02-01"
    paid = "credit_id,customer_id,happened_on,amount,currency\nP1,C1,2025-02-01,30.00,EUR"
    money = {"credits": paid, "allocations": links}
    whole = {"invoices": lines(*rows, header=PARTS)} | money
    files = [whole, {"invoices": lines(*rows, header=PARTS)}] if parted else [whole]
    ledger, problems = imported(tmp_path, *files)
    assert not aside(problems)
    assert ids(ledger) == {"1001", "1002"}
    assert open_cents(ledger, "2025-02-28") == 17_000


def test_instalments_of_a_number_used_again_are_another_document(tmp_path):
    rows = [
        f"1001,{part},C1,{year}-03-0{part},{year}-04-01,{year - 1000}.00,EUR"
        for year in (2024, 2025)
        for part in (1, 2)
    ]
    ledger, problems = imported(tmp_path, {"invoices": lines(*rows, header=PARTS)})
    assert not aside(problems)
    assert ids(ledger) == {"1001", "1001~C1~2025"}
    assert len(ledger.tables["invoices"]) == 4


def test_the_same_files_again_add_nothing(tmp_path):
    files = {"invoices": lines(FIRST, SECOND)}, {"invoices": lines(NEXT_YEAR, FIRST)}
    once, _ = imported(tmp_path / "a", *files)
    again, problems = imported(tmp_path / "b", *files, *files)
    assert not aside(problems)
    for name, frame in once.tables.items():
        pd.testing.assert_frame_equal(frame, again.tables[name])


def test_another_customer_in_the_same_year_is_asked(tmp_path):
    other = "1001,C9,DE01,2025-03-05,2025-04-04,800.00,EUR"
    ledger, problems = imported(tmp_path, {"invoices": lines(FIRST)}, {"invoices": lines(other)})
    assert [p.column for p in aside(problems)] == ["invoice_id"]
    assert open_cents(ledger, "2026-02-28") == 100_000
    assert ids(ledger) == {"1001"}


def test_a_merged_customers_number_is_the_same_invoice(tmp_path):
    alias = "alias_id,customer_id,valid_on\nC1,C9,2025-03-01"
    ledger, problems = imported(
        tmp_path,
        {"invoices": lines(FIRST), "aliases": alias},
        {"invoices": lines(FIRST.replace("C1", "C9").replace("1000.00", "900.00"))},
    )
    assert not aside(problems)
    assert ids(ledger) == {"1001"}
    assert open_cents(ledger, "2026-02-28") == 90_000


def test_the_same_amount_and_day_for_another_customer_is_a_correction(tmp_path):
    ledger, problems = imported(
        tmp_path, {"invoices": lines(FIRST)}, {"invoices": lines(FIRST.replace("C1", "C9"))}
    )
    assert not aside(problems)
    assert list(latest_tables(ledger)["invoices"]["customer_id"]) == ["C9"]
    assert open_cents(ledger, "2026-02-28") == 100_000


def test_a_day_put_right_over_the_end_of_a_year_is_a_correction(tmp_path):
    ledger, problems = imported(
        tmp_path,
        {"invoices": lines("7,C1,DE01,2025-12-31,2026-01-30,10.00,EUR")},
        {"invoices": lines("7,C1,DE01,2026-01-02,2026-02-01,10.00,EUR")},
    )
    assert not aside(problems)
    assert ids(ledger) == {"7"}


def test_a_list_without_entities_finds_the_invoice_of_its_entity(tmp_path):
    ledger, problems = imported(
        tmp_path,
        {"invoices": lines(FIRST)},
        {"invoices": lines("1001,C1,2025-01-05,2025-02-04,950.00,EUR", header=BARE)},
    )
    assert not aside(problems)
    assert open_cents(ledger, "2026-02-28") == 95_000


@pytest.mark.parametrize(
    ("row", "left"),
    [
        ("P1,C7,2026-02-01,400.00,EUR,1001", {"1001": 100_000}),
        ("P1,C1,2026-02-01,1000.00,EUR,1001", {"1001~C7~2026": 40_000}),
        ("P1,C1,2025-02-01,100.00,EUR,1001", {"1001": 90_000, "1001~C7~2026": 40_000}),
        ("P1,C7,2026-02-01,400.00,EUR,1001~C7~2026", {"1001": 100_000}),
    ],
)
def test_a_payment_finds_the_invoice_of_its_customer(tmp_path, row, left):
    credits = f"credit_id,customer_id,happened_on,amount,currency,invoice_id\n{row}"
    ledger, problems = imported(
        tmp_path, {"invoices": lines(FIRST, NEXT_YEAR)}, {"credits": credits}
    )
    assert not aside(problems)
    books = ledger.balance_at(day_of("2026-02-28")).invoices()
    still = books[books["residual"] > 0]
    assert dict(zip(still["invoice_id"], still["residual"], strict=True)) == left


@pytest.mark.parametrize(
    "row",
    ["P1,,2026-02-01,10.00,EUR,1001", "P1,C99,2026-02-01,10.00,EUR,1001"],
)
def test_a_payment_that_names_only_a_shared_number_is_asked(tmp_path, row):
    credits = f"credit_id,customer_id,happened_on,amount,currency,invoice_id\n{row}"
    ledger, problems = imported(
        tmp_path, {"invoices": lines(FIRST, NEXT_YEAR)}, {"credits": credits}
    )
    assert [p.column for p in aside(problems)] == ["invoice_id"]
    assert "several documents bear" in aside(problems)[0].message
    assert open_cents(ledger, "2026-02-28") == 140_000
    assert not len(ledger.tables["credits"])


def test_a_receipt_number_used_again_does_not_overwrite_the_first_receipt(tmp_path):
    header = "credit_id,customer_id,happened_on,amount,currency,invoice_id\n"
    ledger, problems = imported(
        tmp_path,
        {"invoices": lines(FIRST, NEXT_YEAR), "credits": header + "R1,C1,2025-02-01,1000.00,EUR,"},
        {"credits": header + "R1,C7,2026-02-01,400.00,EUR,"},
        {"credits": header + "R1,C1,2025-09-01,30.00,EUR,"},
    )
    assert [p.column for p in aside(problems)] == ["credit_id"]
    assert sorted(ledger.tables["credits"]["amount"]) == [40_000, 100_000]

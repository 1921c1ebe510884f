"""Lists of open items, one after the other: at each evening the books equal it to the cent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger.importing.reading import load_preset
from payrisk.ledger.stored import storage
from payrisk_pipelines.importing import import_files
from support.full import FULL

pytestmark = pytest.mark.long

GENERIC = load_preset("generic")
HEADER = "invoice_id,customer_id,issued_on,due_on,amount,currency"
JANUARY = (
    "O1,C1,2025-12-05,2026-01-04,1000.00,EUR",
    "O2,C1,2026-01-10,2026-02-09,2000.00,EUR",
    "O3,C2,2026-01-20,2026-02-19,3000.00,EUR",
)
FEBRUARY = (
    "O3,C2,2026-01-20,2026-02-19,1800.00,EUR",
    "O4,C1,2026-02-15,2026-03-17,4000.00,EUR",
)


def take(home, day, rows, *, header=HEADER, snapshot=True, **options):
    file = home.parent / f"list-{day}.csv"
    file.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    number = day_of(day)
    evening = number if snapshot else None
    return import_files(home, file, GENERIC, number, snapshot=evening, **options)


def net(home, evening):
    books = storage.load(home).balance_at(day_of(evening))
    owed = int(books.invoices()["residual"].sum())
    return owed - int(books.credit_balances()["unapplied"].sum())


def still_open(home, evening):
    frame = storage.load(home).balance_at(day_of(evening)).residuals()
    return dict(zip(frame["invoice_id"], frame["residual"], strict=True))


def test_what_vanished_is_paid_between_the_lists_and_what_shrank_in_part(tmp_path):
    home = tmp_path / "home"
    take(home, "2026-01-31", JANUARY)
    take(home, "2026-02-28", FEBRUARY)
    assert net(home, "2026-01-31") == 600_000
    assert still_open(home, "2026-02-28") == {"O3": 180_000, "O4": 400_000}
    credits = storage.load(home).tables["credits"].set_index("credit_id")
    assert list(credits["amount"]) == [100_000, 200_000, 120_000]
    assert set(credits["earliest_on"]) == {day_of("2026-02-01")}
    assert set(credits["latest_on"]) == {day_of("2026-02-28")}
    assert set(credits["recorded_on"]) == {day_of("2026-02-28")}


def test_the_same_list_again_adds_nothing(tmp_path):
    home = tmp_path / "home"
    take(home, "2026-01-31", JANUARY)
    sha = take(home, "2026-02-28", FEBRUARY).sha
    assert take(home, "2026-02-28", FEBRUARY).sha == sha


def test_an_earlier_list_after_a_later_one_is_refused(tmp_path):
    home = tmp_path / "home"
    take(home, "2026-02-28", FEBRUARY)
    with pytest.raises(InputError, match="in the order of their days"):
        take(home, "2026-01-31", JANUARY)


def test_what_is_open_again_takes_the_payment_back(tmp_path):
    home = tmp_path / "home"
    take(home, "2026-01-31", JANUARY)
    take(home, "2026-02-28", FEBRUARY)
    take(home, "2026-03-31", (JANUARY[0], FEBRUARY[0]))
    assert still_open(home, "2026-03-31") == {"O1": 100_000, "O3": 180_000}
    assert still_open(home, "2026-02-28") == {"O3": 180_000, "O4": 400_000}


def test_more_than_was_ever_billed_is_in_doubt(tmp_path):
    home = tmp_path / "home"
    take(home, "2026-01-31", JANUARY)
    done = take(home, "2026-02-28", (JANUARY[2].replace("3000", "3500"),))
    (doubt,) = [p for p in done.report.problems if p.action == "doubted"]
    assert "500.00 EUR" in doubt.message


def test_credits_used_up_pay_before_cash(tmp_path):
    home = tmp_path / "home"
    note = "N1,C1,2026-01-15,2026-01-15,-300.00,EUR"
    take(home, "2026-01-31", (*JANUARY, note))
    assert net(home, "2026-01-31") == 570_000
    take(home, "2026-02-28", FEBRUARY)
    assert net(home, "2026-02-28") == 580_000
    credits = storage.load(home).tables["credits"]
    paid = credits[credits["kind"] == "payment"]
    assert int(paid["amount"].sum()) == 100_000 + 200_000 + 120_000 - 30_000


def test_a_list_with_amounts_and_balances_knows_what_was_paid_before_the_first(tmp_path):
    home = tmp_path / "home"
    header = f"{HEADER},balance"
    take(home, "2026-01-31", (f"{JANUARY[2]},2500.00", f"{JANUARY[1]},2000.00"), header=header)
    assert still_open(home, "2026-01-31") == {"O2": 200_000, "O3": 250_000}
    credits = storage.load(home).tables["credits"]
    assert list(credits["earliest_on"]) == [day_of("2026-01-20")]


def test_a_list_may_tell_balances_alone(tmp_path):
    home = tmp_path / "home"
    header = HEADER.replace("amount", "open balance")
    take(home, "2026-01-31", JANUARY, header=header)
    take(home, "2026-02-28", FEBRUARY, header=header)
    assert still_open(home, "2026-02-28") == {"O3": 180_000, "O4": 400_000}


def test_an_entity_that_the_list_does_not_speak_of_stays(tmp_path):
    home = tmp_path / "home"
    header = f"{HEADER},entity_id"
    take(
        home,
        "2026-01-31",
        [f"{r},{e}" for r, e in zip(JANUARY, "NNS", strict=True)],
        header=header,
    )
    take(home, "2026-02-28", [f"{FEBRUARY[1]},N"], header=header)
    assert still_open(home, "2026-02-28") == {"O3": 300_000, "O4": 400_000}


RECEIPT = "credit_id,customer_id,kind,happened_on,amount,currency,invoice_id"


def receive(home, day, *rows):
    source = home.parent / f"receipts-{day}"
    source.mkdir(exist_ok=True)
    (source / "credits.csv").write_text("\n".join([RECEIPT, *rows]) + "\n", "utf-8")
    return import_files(home, source, GENERIC, day_of(day), full=False)


def test_a_receipt_in_hand_takes_the_place_of_what_the_list_said(tmp_path):
    home = tmp_path / "home"
    take(home, "2026-01-31", JANUARY)
    take(home, "2026-02-28", FEBRUARY)
    receipt = "P1,C1,payment,2026-02-10,1000.00,EUR,O1"
    assert receive(home, "2026-03-05", receipt).outcome.exit_code == 0
    for evening in ("2026-02-28", "2026-03-31"):
        assert net(home, evening) == 580_000
    sha = storage.current_sha(home)
    receive(home, "2026-03-05", receipt)
    assert storage.current_sha(home) == sha
    part = "P2,C2,payment,2026-02-11,500.00,EUR,O3"
    receive(home, "2026-03-06", part)
    assert still_open(home, "2026-03-31") == {"O3": 180_000, "O4": 400_000}
    later = "P3,C2,payment,2026-03-09,300.00,EUR,O3"
    receive(home, "2026-03-10", later)
    assert still_open(home, "2026-03-31") == {"O3": 150_000, "O4": 400_000}


def test_two_balances_of_one_day_follow_one_another(tmp_path):
    home = tmp_path / "home"
    header = f"{HEADER},paid_amount"
    for paid, left in (("300.00", 70_000), ("800.00", 20_000), ("800.00", 20_000)):
        take(home, "2026-02-28", [f"{JANUARY[0]},{paid}"], header=header, snapshot=False)
        assert still_open(home, "2026-02-28") == {"O1": left}


def test_the_second_file_of_one_evening_settles_nothing_of_the_first(tmp_path):
    home = tmp_path / "home"
    take(home, "2026-01-31", JANUARY[:2])
    done = take(home, "2026-01-31", JANUARY[2:])
    assert still_open(home, "2026-01-31") == {"O1": 100_000, "O2": 200_000, "O3": 300_000}
    assert [p.code for p in done.report.problems if p.action == "doubted"] == ["second_list"]


def test_a_part_of_a_list_settles_nothing(tmp_path):
    home = tmp_path / "home"
    take(home, "2026-01-31", JANUARY)
    file = tmp_path / "part.csv"
    file.write_text("\n".join([HEADER, FEBRUARY[0]]) + "\n", "utf-8")
    day = day_of("2026-02-28")
    import_files(home, file, GENERIC, day, full=False, snapshot=day)
    assert still_open(home, "2026-02-28") == {"O1": 100_000, "O2": 200_000, "O3": 180_000}


def test_a_list_that_seems_cut_short_is_in_doubt(tmp_path):
    home = tmp_path / "home"
    rows = [JANUARY[0].replace("O1", f"Q{i}") for i in range(20)]
    take(home, "2026-01-31", rows)
    done = take(home, "2026-02-28", rows[:1])
    assert [p.code for p in done.report.problems if p.action == "doubted"] == ["short_list"]


def test_a_list_that_names_nothing_in_a_currency_of_the_books_is_in_doubt(tmp_path):
    home = tmp_path / "home"
    take(home, "2026-01-31", JANUARY)
    dollars = [row.replace("EUR", "USD").replace("O", "U") for row in FEBRUARY]
    done = take(home, "2026-02-28", dollars)
    doubts = [p for p in done.report.problems if p.action == "doubted"]
    assert [p.code for p in doubts] == ["currency_not_listed"]
    assert "6000.00 EUR that was open stays open" in doubts[0].message
    assert done.outcome.exit_code == 3
    assert len(still_open(home, "2026-02-28")) == len(JANUARY) + len(dollars)
    done = take(home, "2026-03-31", dollars, accept_doubts="no euro is open any more")
    assert "counts as paid" in next(
        p.message for p in done.report.problems if p.code == "currency_not_listed"
    )
    assert len(still_open(home, "2026-03-31")) == len(dollars)


def test_a_doubt_about_a_currency_is_accepted_on_the_same_list_again(tmp_path):
    home = tmp_path / "home"
    take(home, "2026-01-31", JANUARY)
    dollars = [row.replace("EUR", "USD").replace("O", "U") for row in FEBRUARY]
    take(home, "2026-02-28", dollars)
    done = take(home, "2026-02-28", dollars, accept_doubts="they paid")
    (told,) = (p.message for p in done.report.problems if p.code == "currency_not_listed")
    assert "6000.00 EUR that was open counts as paid" in told
    assert sorted(still_open(home, "2026-02-28")) == sorted(row.split(",")[0] for row in dollars)
    # another list of that evening speaks for itself alone: what it lacks stands on the first
    pounds = [row.replace("USD", "GBP").replace("U", "P") for row in dollars]
    other = take(home, "2026-02-28", pounds, accept_doubts="two files")
    (told,) = (p.message for p in other.report.problems if p.code == "currency_not_listed")
    assert "stays open" in told
    assert len(still_open(home, "2026-02-28")) == len(dollars) + len(pounds)


def test_an_item_dated_after_the_list_is_in_doubt(tmp_path):
    done = take(tmp_path / "home", "2026-01-31", (*JANUARY, FEBRUARY[1]))
    assert [p.code for p in done.report.problems if p.action == "doubted"] == [
        "listed_before_issue"
    ]


def test_a_list_of_open_items_needs_its_evening(tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("\n".join([HEADER, *JANUARY]), "utf-8")
    preset = replace(GENERIC, kind="open items")
    with pytest.raises(InputError, match="--snapshot DAY"):
        import_files(tmp_path / "home", file, preset, day_of("2026-02-01"))


WIDE = "Invoice Number,Customer,Invoice Date,Due Date,Total Amount,Amount Paid,Balance,Currency"
PAID = (
    "1041,C1,2025-11-18,2025-12-18,1284.50,0.00,1284.50,USD",
    "1063,C2,2025-12-14,2026-01-13,4180.75,2000.00,2180.75,USD",
    "1070,C3,2025-12-28,2025-12-28,310.00,310.00,0.00,USD",
)


def test_a_paid_amount_without_a_day_was_paid_by_the_day_of_the_export(tmp_path):
    home = tmp_path / "home"
    take(home, "2026-01-10", PAID, header=WIDE, snapshot=False)
    assert net(home, "2026-01-10") == 346_525
    more = PAID[1].replace("2000.00,2180.75", "3000.00,1180.75")
    done = take(home, "2026-02-10", (PAID[0], more, PAID[2]), header=WIDE, snapshot=False)
    assert net(home, "2026-02-10") == 246_525
    assert net(home, "2026-01-31") == 346_525
    assert not [p for p in done.report.problems if p.action in ("doubted", "quarantined")]


def test_a_balance_that_contradicts_its_row_is_in_doubt(tmp_path):
    odd = PAID[1].replace("2180.75", "2000.00")
    done = take(tmp_path / "home", "2026-01-10", (PAID[0], odd), header=WIDE, snapshot=False)
    assert [p.column for p in done.report.problems if p.action == "doubted"] == ["balance"]


def test_where_payments_are_told_a_balance_is_checked_and_invents_none(tmp_path):
    source = tmp_path / "export"
    source.mkdir()
    (source / "invoices.csv").write_text(f"{HEADER},balance\n{JANUARY[0]},900.00\n")
    (source / "credits.csv").write_text(
        "credit_id,customer_id,happened_on,amount,currency,invoice_id\n"
        "P1,C1,2026-01-20,50.00,EUR,O1\n"
    )
    done = import_files(tmp_path / "home", source, GENERIC, day_of("2026-02-01"))
    assert net(tmp_path / "home", "2026-02-01") == 95_000
    (doubt,) = [p for p in done.report.problems if p.action == "doubted"]
    assert "50.00 EUR" in doubt.message


@settings(max_examples=100 if FULL else 2, deadline=None)
@given(st.integers(0, 10_000))
def test_at_each_list_the_books_equal_it(tmp_path_factory, seed):
    """A made-up year of lists: balances fall, rise again, vanish, and credits come and go."""
    g = np.random.default_rng(seed)
    home = tmp_path_factory.mktemp("lists") / "home"
    still: dict[str, tuple[str, int, int, int]] = {}
    for month in range(5):
        day = 20_000 + 30 * month
        for i in range(int(g.integers(0, 6)) + (month == 0)):
            amount = int(g.integers(1, 90_000)) * (-1 if g.random() < 0.2 and month else 1)
            issued = day - int(g.integers(0, 29))
            still[f"D{month}-{i}"] = (f"C{g.integers(3)}", issued, amount, amount)
        for name, (customer, issued, amount, left) in list(still.items()):
            if issued > day - 30 and g.random() < 0.7:
                continue
            share = g.choice([0.0, 0.0, 0.4, 1.0])
            still[name] = (customer, issued, amount, int(left * share))
        rows = {n: v for n, v in still.items() if v[3]}
        if not rows:
            continue
        lines = [
            f"{n},{c},{pd.Timestamp(i, unit='D').date()},{pd.Timestamp(i + 30, unit='D').date()},"
            f"{left / 100:.2f},EUR"
            for n, (c, i, _, left) in rows.items()
        ]
        take(home, str(pd.Timestamp(day, unit="D").date()), lines)
        books = storage.load(home).balance_at(day)
        frame = books.residuals()
        owed = dict(zip(frame["invoice_id"], frame["residual"], strict=True))
        assert owed == {n: v[3] for n, v in rows.items() if v[3] > 0}
        on_account = -sum(v[3] for v in rows.values() if v[3] < 0)
        assert int(books.credit_balances()["unapplied"].sum()) == on_account

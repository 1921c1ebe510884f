"""What a person did who tried to break an import: read right, doubted in money, or refused."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger.importing.reading import load_preset
from payrisk.ledger.stored import storage
from payrisk_pipelines.importing import import_files

HEADER = "invoice_id,customer_id,issued_on,due_on,amount,currency"
A = "A,C1,2026-01-05,2026-02-04,100.00,EUR"
B = "B,C1,2026-01-06,2026-02-05,200.00,EUR"
GENERIC = load_preset("generic")
TODAY = day_of("2026-11-30")


@pytest.fixture
def bring(tmp_path):
    """Import rows, or a folder of files by name; the summary."""
    turn = iter(range(100))

    def bring_(*rows, header=HEADER, day=TODAY, folder=None, **options):
        source = tmp_path / f"{next(turn)}.csv"
        if folder:
            source = source.with_suffix("")
            source.mkdir()
            for name, text in folder.items():
                (source / f"{name}.csv").write_text(text, "utf-8")
        else:
            source.write_text("\n".join([header, *rows]) + "\n", "utf-8")
        return import_files(tmp_path / "home", source, GENERIC, day, **options)

    return bring_


@pytest.fixture
def books(tmp_path):
    """What is open and what is held, in minor units, as the ledger stands."""

    def books_():
        now = storage.load(tmp_path / "home").balance_at(TODAY)
        open_ = {r.invoice_id: r.residual for r in now.residuals().itertuples()}
        return open_, int(now.credit_balances()["unapplied"].sum())

    return books_


def problems(done, code):
    return [p for p in done.report.problems if p.code == code]


VOID = ("void", "Cancelled", "storniert", "annulée", "draft", "Entwurf")


@pytest.mark.parametrize("header", ["document", "Status"])
@pytest.mark.parametrize("full", [True, False])
def test_known_invoices_that_are_void_or_drafts_now_are_credited_that_day(
    bring, books, header, full
):
    invoices = [A.replace("A", f"A{number}") for number in range(len(VOID))]
    bring(*invoices, B)
    other = "invoice" if header == "document" else "Open"
    rows = [f"{row},{word}" for row, word in zip(invoices, VOID, strict=True)]
    rows, head = [*rows, f"{B},{other}"], f"{HEADER},{header}"
    done = bring(*rows, header=head, full=full)
    assert books() == ({"B": 200_00}, 0)
    assert done.outcome == "clean"
    assert not problems(done, "missing")
    (note,) = problems(done, "cancelled")
    assert (note.n, "600.00 EUR" in note.message) == (len(VOID), True)
    assert not any("paid" in p.message for p in done.report.problems)
    again = bring(*rows, header=head, full=full)
    assert (again.is_new, again.outcome) == (False, "clean")


def test_cancelled_invoices_that_were_paid_or_come_back_are_doubted(bring):
    head = f"{HEADER},document,paid_on,paid_amount"
    bring(f"{A},invoice,2026-02-01,40.00", f"{B},invoice,,", header=head)
    done = bring(f"{A},void,,", f"{B},invoice,,", header=head, full=False)
    assert ["40.00 EUR" in p.message for p in problems(done, "cancelled_paid")] == [True]
    done = bring(A, B, full=False)
    assert [p.action for p in problems(done, "cancelled_before")] == ["doubted"]


@pytest.mark.parametrize("header", [HEADER, HEADER.replace("due_on,", "")])
def test_an_assumed_due_day_is_doubted_on_the_import_that_brings_it_and_not_again(bring, header):
    def row(name):
        cells = [name, "C1", "2026-01-05", "100.00", "EUR"]
        return ",".join(cells[:3] + [""] * ("due_on" in header) + cells[3:])

    first, again = bring(row("A"), header=header), bring(row("A"), header=header)
    later = bring(row("A"), row("B"), header=header)
    assert [d.outcome for d in (first, again, later)] == ["doubts", "clean", "doubts"]
    assert ["B" in p.message for p in problems(later, "due_assumed")] == [True]


@pytest.mark.parametrize(
    ("column", "day"),
    [
        ("paid_on", "2062-02-01"),
        ("issued_on", "1899-12-30"),
        ("issued_on", "1970-01-01"),
        ("issued_on", "2062-01-05"),
        ("due_on", "2226-02-04"),
        ("due_on", "2126-02-04"),
        ("due_on", "1994-02-04"),
    ],
)
def test_impossible_years_are_set_aside_with_their_money(bring, column, day):
    cells = dict(zip([*HEADER.split(","), "paid_on"], [*A.split(","), ""], strict=True))
    row = ",".join((cells | {column: day}).values())
    done = bring(row, f"{B},", header=f"{HEADER},paid_on")
    assert done.outcome == "refused"
    assert "100.00 of 300.00" in done.report.reasons[-1]
    assert [p.column for p in problems(done, "bad_date")] == [column]


def test_a_receipt_that_is_yet_to_come_is_doubted(bring):
    done = bring(f"{A},2027-03-01", header=f"{HEADER},paid_on")
    assert [p.action for p in problems(done, "to_come")] == ["doubted"]


def test_a_credit_note_bears_its_invoices_number(bring, books):
    note = "A,C1,2026-01-20,2026-01-20,-30.00,EUR"
    assert bring(A, note, B, snapshot=day_of("2026-01-31")).outcome == "clean"
    assert books() == ({"A": 100_00, "B": 200_00}, 30_00)
    assert bring(A, note, B, snapshot=day_of("2026-02-28")).outcome == "clean"
    assert books() == ({"A": 100_00, "B": 200_00}, 30_00)


def test_payments_bear_their_invoices_number(bring, books):
    head = f"{HEADER},document"
    paid = ["A,C1,2026-02-01,,-60.00,EUR,Zahlung", "A,C1,2026-03-01,,-40.00,EUR,Zahlung"]
    assert bring(f"{A},Rechnung", *paid, f"{B},Rechnung", header=head).outcome == "clean"
    assert books() == ({"B": 200_00}, 0)


def test_another_customers_number_names_the_way_out_and_it_leads_there(bring, books):
    bring(A)
    row = "A,C2,2026-03-05,2026-04-04,100.00,EUR"
    done = bring(row, full=False)
    (problem,) = problems(done, "bad_value")
    assert "aliases.csv (alias_id, customer_id, valid_on)" in problem.message
    aliases = "alias_id,customer_id,valid_on\nC2,C1,2026-03-01\n"
    bring(folder={"aliases": aliases}, full=False)
    assert bring(row, full=False).outcome in ("clean", "doubts")
    assert books()[0] == {"A": 100_00}


def test_a_list_without_entities_speaks_of_all_of_them(bring, books):
    head = f"{HEADER},entity_id"
    bring(f"{A},DE", f"{B},FR", header=head)
    assert bring(A, snapshot=day_of("2026-02-28")).outcome == "clean"
    assert books() == ({"A": 100_00}, 0)
    third = "D,C1,2026-02-06,2026-03-05,50.00,EUR"
    done = bring(A, third, snapshot=day_of("2026-03-31"))
    assert ["50.00 EUR" in p.message for p in problems(done, "no_entity")] == [True]


@pytest.mark.parametrize("snapshot", [None, day_of("2026-02-28")])
def test_a_file_without_rows_ends_with_a_sentence(bring, snapshot):
    done = bring(snapshot=snapshot)
    (reason,) = done.report.reasons
    assert done.outcome == "nothing"
    assert ("lists no open item" if snapshot else "has a header and no rows") in reason


@pytest.mark.parametrize(
    ("amount", "what"),
    [
        ("99999999999999999999.00", "is larger than an amount can be here"),
        ("inf", "is not an amount"),
        ("nan", "is not an amount"),
        ("1.234567", "no more decimals than the currency has"),
    ],
)
def test_amounts_that_are_none_say_what_they_are_not(bring, amount, what):
    done = bring(A.replace("100.00", amount), B)
    (problem,) = problems(done, "bad_amount")
    assert what in problem.message
    assert "decimals" not in problem.message or amount == "1.234567"


@pytest.mark.parametrize("amount", ["١٠٠٫٥٠", "۱۰۰٫۵۰", "१००.५०", "１００．５０"])
def test_digits_of_other_scripts_are_digits(bring, books, amount):
    assert bring(A.replace("100.00", amount)).outcome == "clean"
    assert books()[0] == {"A": 100_50}


KINDS = {
    "credit_note": "Credit Memo|Gutschrift|Avoir|Abono|Nota di credito|Nota de Crédito|Creditnota"
    "|Faktura korygująca|Kreditnota|Kreditfaktura|Πιστωτικό",
    "payment": "Payment|Zahlung|Règlement|Cobro|Incasso|Recebimento|Betaling|Wpłata|Indbetaling"
    "|Inbetalning|Είσπραξη",
}


@pytest.mark.parametrize("header", ["document", "Type"])
def test_kinds_of_documents_are_read_in_the_ledgers_languages(bring, tmp_path, header):
    kinds = {word: kind for kind, words in KINDS.items() for word in words.split("|")}
    rows = [f"G {word},C1,2026-01-20,,-30.00,EUR,{word}" for word in kinds]
    assert bring(f"{A},Invoice", *rows, header=f"{HEADER},{header}").outcome == "clean"
    credits = storage.load(tmp_path / "home").tables["credits"]
    read = dict(zip(credits["credit_id"].str.removeprefix("G "), credits["kind"], strict=True))
    assert read == kinds


CLOSED = {
    "write-off": "write_off",
    "Bad debt": "write_off",
    "Abschreibung": "write_off",
    "passage en perte": "write_off",
    "incobrable": "write_off",
    "verrechnet": "offset",
    "ritenuta d'acconto": "withholding",
    "bezahlt": "payment",
}


def test_what_closed_an_invoice_is_read_in_the_ledgers_languages(bring, tmp_path):
    rows = [A.replace("A", f"A {word}", 1) + f",2026-03-01,{word}" for word in CLOSED]
    bring(*rows, header=f"{HEADER},paid_on,closing")
    tables = storage.load(tmp_path / "home").tables
    closed = tables["allocations"].merge(tables["credits"], on="credit_id")
    read = dict(zip(closed["invoice_id"].str.removeprefix("A "), closed["kind"], strict=True))
    assert read == CLOSED


def test_a_word_for_a_kind_that_nobody_knows_is_asked(bring):
    done = bring(f"{A},Invoice", f"{B},Kladderadatsch", header=f"{HEADER},document")
    assert [p.action for p in problems(done, "bad_value")] == ["quarantined"]


def test_links_are_not_followed_and_the_sentence_names_the_file(bring, tmp_path):
    bring(A)
    link = tmp_path / "latest.csv"
    link.symlink_to(tmp_path / "0.csv")
    with pytest.raises(InputError, match=r"is a link.*0\.csv itself"):
        import_files(tmp_path / "home", link, GENERIC, TODAY)


CREDIT = "credit_id,customer_id,happened_on,amount,currency\nX,C1,2026-02-01,150.00,EUR\n"
LINK = "credit_id,invoice_id,amount,happened_on\n"


@pytest.mark.parametrize(
    ("link", "code", "cents"),
    [
        ("X,B,180.00,2026-02-02", "over_allocated", 30_00),
        ("X,A,150.00,2026-02-02", "allocated_beyond_invoice", 50_00),
    ],
)
def test_allocations_beyond_their_credit_or_invoice_are_doubted_in_money(bring, link, code, cents):
    invoices = f"{HEADER}\n{A}\n{B}\n"
    files = {"invoices": invoices, "credits": CREDIT, "allocations": f"{LINK}{link}\n"}
    done = bring(folder=files, accept_doubts="to see")
    (doubt,) = problems(done, code)
    assert (doubt.action, doubt.amount, doubt.currency) == ("doubted", cents, "EUR")


def test_who_pays_more_than_the_invoice_that_the_payment_names_is_no_doubt(bring, books):
    rows = CREDIT.replace("currency", "currency,invoice_id").replace("EUR", "EUR,A")
    done = bring(folder={"invoices": f"{HEADER}\n{A}\n", "credits": rows})
    assert (done.outcome, books()) == ("clean", ({}, 50_00))


def test_a_credit_note_that_was_told_by_itself_is_no_cancelled_invoice(bring):
    head = "credit_id,customer_id,happened_on,amount,currency,invoice_id,kind,reason\n"
    note = "N,C1,2026-02-01,100.00,EUR,A,credit_note,cancelled\n"
    files = {"invoices": f"{HEADER}\n{A}\n{B}\n", "credits": head + note}
    assert bring(folder=files).outcome == "clean"
    again = bring(folder=files)
    assert (again.outcome, again.is_new) == ("clean", False)


def test_an_entity_written_otherwise_opens_no_second_one(bring, tmp_path):
    head = f"{HEADER},entity_id"
    bring(f"{A},DE01", f"{B},FR01", header=head)
    done = bring(f"{A},de-01", f"{B},FR01", header=head)
    ledger = storage.load(tmp_path / "home")
    assert (done.outcome, len(ledger.tables["invoices"])) == ("doubts", 2)
    assert set(ledger.tables["entities"]["entity_id"]) == {"DE01", "FR01"}

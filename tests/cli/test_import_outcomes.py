"""The outcomes of an import as cron meets them: exit codes, refusals, recorded reasons."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from decimal import Decimal

import pytest

from payrisk.cli import run
from payrisk.ledger.stored import storage

pytestmark = pytest.mark.long

HEAD = "invoice_id,customer_id,issued_on,due_on,amount,currency,paid_on\n"
MAPPING = """
[invoices]
files = ["*"]
[invoices.columns]
invoice_id = "invoice_id"
customer_id = "customer_id"
issued_on = "issued_on"
due_on = "due_on"
amount = "amount"
currency = "currency"
paid_on = "paid_on"
"""


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def bring(home, tmp_path, capsys):
    """Import rows as a file; exit code, what was printed as JSON, stderr."""

    def bring_(rows, *options, head=HEAD, mapping=""):
        path = tmp_path / "sales.csv"
        path.write_text(head + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        how = ("--preset", "generic")
        if mapping:
            (tmp_path / "own.toml").write_text(mapping + MAPPING, encoding="utf-8")
            how = ("--mapping", str(tmp_path / "own.toml"))
        words = ("import", str(path), *how, "--recorded-on", "2025-06-30", "--json", *options)
        code = run(["--home", str(home), *words])
        said = capsys.readouterr()
        return code, json.loads(said.out), said.err

    return bring_


def rows(n, amount="100.00"):
    return [f"A{i},c{i % 7},2025-01-{1 + i % 28:02d},2025-03-01,{amount},EUR," for i in range(n)]


def bytes_of(home):
    """Every file of a home but its reports, by name."""
    paths = [p for p in home.rglob("*") if p.is_file() and "reports" not in p.parts]
    return {str(p): p.read_bytes() for p in paths if p.name != ".ledger.importing"}


def log_of(home):
    lines = (home / "reports" / "imports.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


ODD = {
    "amount": "B,c1,2025-01-05,2025-02-04,fifty,EUR,",
    "day": "B,c1,the fifth,2025-02-04,100,EUR,",
    "currency": "B,c1,2025-01-05,2025-02-04,100,EXX,",
    "no currency": "B,c1,2025-01-05,2025-02-04,100,,",
    "customer": "B,,2025-01-05,2025-02-04,100,EUR,",
    "cells": "B,c1,2025-01-05",
    "paid day": "B,c1,2025-01-05,2025-02-04,100,EUR,never",
    "two readings": "A0,c0,2025-01-01,2025-03-01,101.00,EUR,",
}


@pytest.mark.parametrize("fault", ODD)
def test_what_was_not_understood_is_never_exit_code_0(bring, home, fault):
    code, told, err = bring([*rows(400), ODD[fault]])
    assert (code, told["outcome"][0]["outcome"], err) == (3, "doubts", "")
    assert any(" 1 of 40" in doubt["reason"] for doubt in told["doubts"])
    assert len(storage.load(home).tables["invoices"]) == 400
    code, told, err = bring([*rows(20), ODD[fault]])
    assert (code, told["outcome"][0]["outcome"]) == (2, "refused")
    assert err.startswith("Refused, nothing was changed: ")
    assert err.count("\n") == 1


def test_a_file_that_nothing_reads_and_a_column_read_of_two_are_doubts(bring, home, tmp_path):
    head = HEAD.replace("due_on,amount", "amount,amount")
    code, told, _ = bring([row.replace(",2025-03-01,", ",90.00,") for row in rows(20)], head=head)
    doubted = [p["code"] for p in told["problems"] if p["action"] == "doubted"]
    assert (code, "repeated_column" in doubted) == (3, True)
    export = tmp_path / "export"
    export.mkdir()
    for name in ("invoices", "payments of may"):
        (export / f"{name}.csv").write_text(HEAD + "\n".join(rows(20)), encoding="utf-8")
    command = ["--home", str(home), "import", str(export), "--preset", "generic"]
    assert run([*command, "--accept-doubts", "two columns of amounts before"]) == 3


def test_a_clean_file_is_exit_code_0_and_a_later_one_too(bring, home):
    code, told, err = bring(rows(20))
    assert (code, told["doubts"], err) == (0, [], "")
    code, told, _ = bring([*rows(20), "B,c1,2025-01-05,2025-02-04,9999.00,EUR,2025-02-01"])
    assert (code, told["outcome"][0]["status"], told["doubts"]) == (0, "new", [])
    assert [line["outcome"] for line in log_of(home)] == ["clean", "clean"]


@pytest.mark.parametrize("first", [True, False])
def test_refused_leaves_every_byte_of_a_home_as_it_was(bring, home, tmp_path, first):
    if not first:
        bring(rows(50))
    before, sha = bytes_of(home) if home.exists() else {}, storage.current_sha(home)
    code, told, _ = bring([*rows(50), ODD["amount"]])
    assert (code, told["outcome"][0]["ledger"]) == (2, "")
    assert bytes_of(home) == before
    assert storage.current_sha(home) == sha
    line = log_of(home)[-1]
    content = (tmp_path / "sales.csv").read_bytes()
    assert line["files"] == {"sales.csv": hashlib.sha256(content).hexdigest()}
    assert (line["outcome"], line["ledger_before"], line["ledger_after"]) == ("refused", sha, sha)
    report = json.loads((home / "reports" / "import-refused.json").read_text("utf-8"))
    assert report["reasons"] == line["reasons"]


def test_a_reason_keeps_what_would_be_refused_and_is_recorded(bring, home):
    code, told, err = bring([*rows(50), ODD["amount"]], "--accept-doubts", "Ann asks for B")
    assert (code, err) == (3, "")
    (outcome,) = told["outcome"]
    assert (outcome["outcome"], outcome["accepted"]) == ("doubts", "Ann asks for B")
    (line,) = log_of(home)
    assert (line["accepted"], line["ledger_before"]) == ("Ann asks for B", "")
    assert line["ledger_after"] == storage.current_sha(home) == outcome["ledger"]
    assert (line["day"], line["preset"]) == ("2025-06-30", "generic")
    code, _, _ = bring([*rows(50), ODD["amount"]], "--accept-doubts", "  ")
    assert code == 2  # no reason is none


LIMITS = "[doubts]\nrows = 0.01\nmoney = 0.005\n"


@pytest.mark.parametrize("fault", ["amount", "day", "currency", "cells"])
def test_within_the_limits_of_its_mapping_a_doubtful_file_is_clean(bring, fault):
    code, told, _ = bring([*rows(400), ODD[fault]], mapping=LIMITS)
    assert (code, told["outcome"][0]["outcome"]) == (0, "clean")
    assert "quarantined" in {p["action"] for p in told["problems"]}
    code, _, _ = bring([*rows(400), ODD[fault]], mapping="[doubts]\nrows = 0.01\n")
    assert code == 3  # no money may be in doubt


def test_an_unreadable_amount_may_be_the_largest_of_its_file(bring):
    large = "B,c1,2025-01-05,2025-02-04,30000.00,EUR,"
    code, _, _ = bring([*rows(400), large, ODD["amount"].replace("B,", "C,")], mapping=LIMITS)
    assert code == 3


def test_a_mapping_says_above_which_shares_a_file_is_refused(bring):
    faulty = [*rows(50), ODD["amount"]]
    assert bring(faulty, mapping="[refuse]\nrows = 0.1\n")[0] == 3
    assert bring(faulty, mapping="[refuse]\nrows = 0.01\n")[0] == 2
    assert bring([*rows(399), ODD["day"]], mapping="[refuse]\nmoney = 0.001\n")[0] == 2


def test_each_currency_is_weighed_on_its_own(bring):
    dollars = [row.replace("A", "U").replace("EUR", "USD") for row in rows(10)]
    code, told, _ = bring([*rows(1000), *dollars, "B,c1,the fifth,,100,USD,"])
    assert code == 2
    assert told["doubts"][0]["reason"].startswith("invoices in USD: 1 of 11 rows set aside")


CHANGES = {
    "amounts": lambda row: row.replace("100.00", "150.00"),
    "customers": lambda row: row.replace(",c1,", ",c2,"),
    "currencies": lambda row: row.replace("EUR", "USD"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_books_do_not_change_by_more_than_a_tenth_without_a_document(bring, home, what):
    bring(rows(50), mapping=MAPPING_ONLY)
    before = bytes_of(home)
    code, _, err = bring([CHANGES[what](row) for row in rows(50)])
    assert code == 2, err
    assert bytes_of(home) == before


def test_customers_merged_by_an_alias_or_changes_listed_as_events_are_documents(
    bring, home, tmp_path
):
    bring(rows(50))
    export = tmp_path / "export"
    export.mkdir()
    moved = "\n".join(row.replace(",c1,", ",c2,") for row in rows(50))
    (export / "invoices.csv").write_text(HEAD + moved + "\n", encoding="utf-8")
    command = ["--home", str(home), "import", str(export), "--preset", "generic"]
    command += ["--recorded-on", "2025-07-31"]
    assert run(command) == 2
    (export / "aliases.csv").write_text(
        "alias_id,customer_id,valid_on\nc1,c2,2025-07-01\n", encoding="utf-8"
    )
    assert run(command) == 0
    (export / "aliases.csv").unlink()
    (export / "invoices.csv").unlink()
    (export / "events.csv").write_text(
        "event_id,kind,subject_kind,subject,happened_on,field,old,new\n"
        + "".join(
            f"e{i},changed,invoice,A{i}|1,2025-07-15,amount,10000,15000\n" for i in range(20)
        ),
        encoding="utf-8",
    )
    assert run(command) == 0
    assert storage.load(home).as_of(20400).invoices()["amount"].sum() == 50 * 10000 + 20 * 5000


MAPPING_ONLY = "[refuse]\nbooks = 0.1\n"


def test_a_few_corrected_amounts_are_no_refusal(bring):
    bring(rows(50))
    changed = [row.replace("100.00", "120.00") if i < 3 else row for i, row in enumerate(rows(50))]
    code, told, _ = bring(changed)
    assert (code, [p["code"] for p in told["problems"]]) == (0, ["changed"])
    assert told["money"][0]["change_amount"] == "60.00"


def test_paid_invoices_and_new_ones_are_documents_whatever_they_come_to(bring):
    bring(rows(20))
    paid = [row + "2025-02-01" for row in rows(20)]
    new = [row.replace("A", "N") for row in rows(200)]
    code, told, _ = bring([*paid, *new])
    assert (code, told["doubts"]) == (0, [])


def test_open_invoices_that_a_whole_export_lacks_are_asked_for(bring, home):
    bring(rows(50))
    code, _, err = bring(rows(30))
    assert code == 2
    assert "open invoices that this export lacks (20)" in err
    code, told, _ = bring(rows(48))
    (vanished,) = [p for p in told["problems"] if p["code"] == "vanished"]
    assert (code, vanished["action"], vanished["n"]) == (3, "doubted", 2)
    assert bring(rows(30), "--partial")[0] == 0
    assert len(storage.load(home).tables["invoices"]) == 50


def test_payments_that_a_whole_export_lacks_are_asked_for(bring):
    half = [row + "2025-02-01" if i % 2 else row for i, row in enumerate(rows(50))]
    bring(half)
    lost = [row + "2025-02-01" if i == 1 else row for i, row in enumerate(rows(50))]
    code, _, err = bring(lost)
    assert code == 2
    assert "payments or credits that this export lacks though it lists their invoices (24)" in err


def test_the_printed_money_adds_up_or_says_that_it_is_unknown(bring):
    bring(rows(100))
    extra = "B,c1,2025-01-05,2025-02-04,70.00,EUR,"
    for odd in (*ODD.values(), ""):
        listed = [*rows(100), extra, rows(1)[0], *([odd] if odd else [])]
        _, told, _ = bring(listed, "--accept-doubts", "a test")
        for line in told["money"]:
            is_known = line["difference_amount"] is not None
            assert is_known == (line["unreadable_rows"] == 0)
            assert is_known == (line["quarantined_amount"] is not None)
            if is_known:
                assert line["difference_amount"] == "0.00"
                aside = Decimal(line["quarantined_amount"]) + Decimal(line["left_out_amount"])
                assert Decimal(line["in_amount"]) == Decimal(line["ledger_amount"]) + aside


def test_a_list_s_money_is_what_is_open_at_its_evening(bring):
    first = ["O1,c1,2025-01-02,2025-02-01,100.00,EUR,", "O2,c2,2025-01-09,2025-02-08,300.00,EUR,"]
    second = [first[1].replace("300.00", "180.00"), "O3,c3,2025-02-03,2025-03-05,400.00,EUR,"]
    for rows_, day, change in ((first, "2025-01-31", "400.00"), (second, "2025-02-28", "180.00")):
        code, told, _ = bring(rows_, "--snapshot", day)
        (money,) = told["money"]
        assert (code, money["table"]) == (0, "open items")
        assert money["in_amount"] == money["ledger_amount"]
        assert (money["change_amount"], money["difference_amount"]) == (change, "0.00")


def test_payments_inferred_from_balances_are_no_difference(bring):
    head = HEAD.replace("paid_on", "paid_amount")
    paid = [row + "40.00" for row in rows(20)]
    code, told, _ = bring(paid, head=head)
    (money,) = [line for line in told["money"] if line["table"] == "invoices"]
    assert money["difference_amount"] == "0.00"
    assert "money_differs" not in {p["code"] for p in told["problems"]}
    assert code in {0, 3}


def test_a_refusal_ends_a_process_with_2_and_doubts_with_3(tmp_path):
    path = tmp_path / "sales.csv"
    program = "import sys; from payrisk.cli import run; sys.exit(run(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "--home", str(tmp_path / "home"), "import"]
    for n, code in ((400, 3), (20, 2)):
        path.write_text(HEAD + "\n".join([*rows(n), ODD["amount"], ""]), encoding="utf-8")
        done = subprocess.run(
            [*command, str(path), "--preset", "generic", "--partial"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr

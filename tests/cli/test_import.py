"""payrisk import and payrisk ledger, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from payrisk.cli import run
from payrisk.ledger.stored import storage

HEAD = "invoice_id,customer_id,issued_on,due_on,amount,currency,paid_on\n"
A = "A,c1,2025-01-01,2025-01-31,100.50,EUR,2025-02-03\n"
B = "B,c1,2025-01-05,2025-02-04,50,USD,\n"
BAD = "C,c1,2025-01-05,2025-02-04,fifty,USD,\n"
ACCEPTED = ("--accept-doubts", "one bad row of three, Ann asks for it")


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def payrisk(home, capsys):
    def call(*arguments):
        code = run(["--home", str(home), *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def sales(tmp_path, *rows, head=HEAD):
    path = tmp_path / "sales.csv"
    path.write_text(head + "".join(rows), encoding="utf-8")
    return path


def test_a_report_says_rows_problems_and_money(tmp_path, payrisk):
    path = sales(tmp_path, A, B, BAD)
    code, out, err = payrisk("import", path, "--preset", "generic", *ACCEPTED)
    assert (code, err) == (3, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "sales.csv invoices 3 2 0 1" in lines
    assert any(line.startswith("quarantined bad_amount 1 sales.csv 3 amount") for line in lines)
    assert "invoices EUR 100.50 100.50 100.50 0.00 0.00 0.00" in lines
    assert "invoices USD 50.00 50.00 50.00 0.00 1 row, amount unreadable" in lines


def test_the_same_in_json_and_whole_on_disk(tmp_path, home, payrisk):
    words = ("--preset", "generic", "--json", *ACCEPTED)
    code, out, _ = payrisk("import", sales(tmp_path, A, B, BAD), *words)
    assert code == 3
    told = json.loads(out)
    assert list(told) == ["rows", "read", "problems", "money", "rules", "doubts", "outcome"]
    (outcome,) = told["outcome"]
    assert (outcome["ledger"], outcome["status"]) == (storage.current_sha(home), "new")
    report = json.loads(Path(outcome["report"]).read_text(encoding="utf-8"))
    assert outcome["report"].endswith(f"import-{outcome['ledger'][:8]}.json")
    (problem,) = (p for p in report["problems"] if p["action"] == "quarantined")
    assert (problem["file"], problem["row"], problem["column"]) == ("sales.csv", 3, "amount")
    assert report["totals"][1] == {
        "table": "invoices",
        "currency": "EUR",
        "in_amount": 10050,
        "ledger_amount": 10050,
        "change_amount": 10050,
        "quarantined_amount": 0,
        "left_out_amount": 0,
        "difference_amount": 0,
        "unreadable_rows": 0,
    }
    usd = report["totals"][2]
    assert (usd["quarantined_amount"], usd["difference_amount"]) == (None, None)
    assert usd["unreadable_rows"] == 1
    assert report["accepted"] == ACCEPTED[1]


def test_importing_twice_changes_nothing(tmp_path, home, payrisk):
    path = sales(tmp_path, A, B)
    payrisk("import", path, "--preset", "generic")
    sha = storage.current_sha(home)
    code, out, _ = payrisk("import", path, "--preset", "generic", "--json")
    assert code == 0
    assert json.loads(out)["outcome"][0]["status"] == "unchanged"
    assert storage.kept_shas(home) == [sha]


def test_a_corrected_file_is_recorded_on_its_day_and_the_past_stays(tmp_path, home, payrisk):
    payrisk("import", sales(tmp_path, A, B), "--preset", "generic")
    old = storage.load(home)
    corrected = sales(tmp_path, A, B.replace(",50,", ",60,"))
    code, out, _ = payrisk(
        *("import", corrected, "--preset", "generic", "--recorded-on", "2025-06-30", "--json"),
        *("--accept-doubts", "billed 50 by mistake, it is 60"),
    )
    assert code == 3
    told = json.loads(out)
    assert [p["code"] for p in told["problems"]] == ["changed"]
    usd = next(m for m in told["money"] if m["table"] == "invoices" and m["currency"] == "USD")
    assert (usd["in_amount"], usd["ledger_amount"], usd["difference_amount"]) == (
        "60.00",
        "60.00",
        "0.00",
    )
    new = storage.load(home)
    day = old.default_as_of
    pd.testing.assert_frame_equal(new.as_of(day).invoices(), old.as_of(day).invoices())
    assert new.last_day == 20269
    assert new.as_of(20270).open_invoices()["residual"].tolist() == [6000]


def test_a_later_export_may_say_that_it_is_a_part(tmp_path, payrisk):
    payrisk("import", sales(tmp_path, A, B), "--preset", "generic")
    later = sales(tmp_path, A)
    _, out, _ = payrisk("import", later, "--preset", "generic", "--json")
    assert [p["code"] for p in json.loads(out)["problems"]] == ["vanished", "missing"]
    _, out, _ = payrisk("import", later, "--preset", "generic", "--partial", "--json")
    assert json.loads(out)["problems"] == []


def test_a_file_without_currency_is_given_one(tmp_path, home, payrisk):
    head = "invoice_id,customer_id,issued_on,due_on,amount\n"
    path = sales(tmp_path, "A,c1,2025-01-01,2025-01-31,100\n", head=head)
    code, _, err = payrisk("import", path, "--preset", "generic")
    assert code == 2
    assert "--currency" in err
    code, _, _ = payrisk("import", path, "--preset", "generic", "--currency", "jpy")
    assert code == 0
    assert storage.load(home).tables["invoices"][["amount", "currency"]].to_numpy().tolist() == [
        [100, "JPY"]
    ]


def test_nothing_usable_is_exit_code_1_with_a_report_and_no_ledger(tmp_path, home, payrisk):
    code, out, _ = payrisk("import", sales(tmp_path, BAD), "--preset", "generic", "--json")
    assert code == 1
    told = json.loads(out)
    assert told["outcome"][0]["status"] == "nothing usable came in"
    assert (home / "reports" / "import-rejected.json").exists()
    assert storage.current_sha(home) == ""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "credits.csv").write_text(
        "id,customer,paid_on,amount,currency\nP,c1,2025-01-01,7,EUR\n", encoding="utf-8"
    )
    code, out, _ = payrisk("import", folder, "--preset", "generic", "--json")
    assert code == 1
    told = json.loads(out)
    assert [p["action"] for p in told["problems"]] == ["refused"]
    assert told["money"][0]["quarantined_amount"] == "7.00"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.csv", "--preset", "generic"], "There is no file or folder"),
        (["sales.csv", "--preset", "salesforce"], "There is no preset 'salesforce' (there are "),
        (["sales.csv"], "Say how to read the source: --preset NAME ("),
        (
            ["sales.csv", "--preset", "ibm"],
            "no column for invoice_id (looked for invoiceNumber); the closest is 'invoice_id'",
        ),
        (["sales.csv", "--mapping", "none.toml"], "There is no mapping file none.toml"),
        (["sales.csv", "--preset", "generic", "--currency", "EURO"], "'EURO' is no currency"),
        (["sales.csv", "--preset", "generic", "--recorded-on", "soon"], "'soon' is not a date"),
        (["empty.csv", "--preset", "generic"], "empty.csv is empty"),
    ],
)
def test_a_person_s_mistake_is_one_sentence_and_exit_code_2(
    tmp_path, monkeypatch, payrisk, arguments, sentence
):
    monkeypatch.chdir(tmp_path)
    sales(tmp_path, A)
    (tmp_path / "empty.csv").touch()
    code, out, err = payrisk("import", *arguments)
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_a_damaged_ledger_is_said_before_anything_is_added(tmp_path, home, payrisk):
    payrisk("import", sales(tmp_path, A), "--preset", "generic")
    (home / "ledgers" / storage.current_sha(home) / "invoices.parquet").write_bytes(b"?")
    code, _, err = payrisk("import", sales(tmp_path, A, B), "--preset", "generic")
    assert code == 2
    assert "damaged" in err


def test_show_and_prune(tmp_path, home, payrisk):
    code, _, err = payrisk("ledger", "show")
    assert (code, "no ledger" in err) == (2, True)
    payrisk("import", sales(tmp_path, A), "--preset", "generic")
    first = storage.current_sha(home)
    payrisk("import", sales(tmp_path, A, B), "--preset", "generic", "--recorded-on", "2025-06-30")
    code, out, _ = payrisk("ledger", "show", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["ledger"][0]["sha"] == storage.current_sha(home)
    assert {f["table"]: f["rows"] for f in told["facts"]}["invoices"] == 2
    assert told["money"][0] == {
        "currency": "EUR",
        "invoices_amount": "100.50",
        "credits_amount": "100.50",
    }
    assert {k["sha"]: k["is_named"] for k in told["kept"]}[first] is False
    code, out, _ = payrisk("ledger", "prune", "--json")
    assert (code, json.loads(out)) == (0, [{"removed": first}])
    assert storage.kept_shas(home) == [storage.current_sha(home)]
    code, out, _ = payrisk("ledger", "prune")
    assert (code, out) == (0, "No version to remove: something names each of them.\n")

"""A rate of interest that an early release took for agreed is said, and ended by one command."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from payrisk.cli import run
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage

HEAD = "invoice_id,customer_id,issued_on,due_on,amount,currency,paid_on,paid_amount\n"
LATE = "A,C1,2025-01-01,2025-01-31,1000.00,EUR,2025-03-31,1200.00\n"
LATER = "B,C1,2025-04-01,2025-05-01,10.00,EUR,,\n"


@pytest.fixture
def bring(tmp_path, capsys):
    def bring_(rows):
        file = tmp_path / "sales.csv"
        file.write_text(HEAD + rows, "utf-8")
        options = ("--preset", "generic", "--recorded-on", "2025-06-30", "--json")
        run(["--home", str(tmp_path / "home"), "import", str(file), *options])
        rules = json.loads(capsys.readouterr().out)["rules"]
        return [line for line in rules if "interest" in line["rule"]]

    return bring_


def test_the_report_says_what_the_rate_moved_until_it_is_ended(bring, tmp_path, capsys):
    home = tmp_path / "home"
    assert bring(LATE) == []
    ledger = storage.load(home)
    early = Ledger(ledger.tables, replace(ledger.rules, interest_rate=0.12))
    storage.save(early, home)
    (line,) = bring(LATE + LATER)
    assert (line["rows"], line["amount"], line["currency"]) == (1, "19.39", "EUR")
    assert "payrisk ledger interest 0" in line["rule"]
    assert run(["--home", str(home), "ledger", "interest", "0", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said[0]["interest_rate"] == 0
    assert storage.load(home).rules.interest_rate == 0
    assert bring(LATE + LATER) == []


@pytest.mark.parametrize("rate", ["9", "-0.1", "nan"])
def test_a_rate_that_cannot_be_meant_is_refused(bring, tmp_path, capsys, rate):
    bring(LATE)
    assert run(["--home", str(tmp_path / "home"), "ledger", "interest", "--", rate]) == 2
    assert "cannot be meant" in capsys.readouterr().err

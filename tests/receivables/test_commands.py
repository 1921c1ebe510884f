"""payrisk aging and payrisk kpis, as people and programs see them."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from payrisk.calendar import iso
from payrisk.cli import run
from payrisk.ledger.stored import storage
from payrisk.receivables.aging import aging
from support.ledgers.messy import START, messy_ledger


@pytest.fixture(scope="module")
def ledger():
    return messy_ledger(1)


@pytest.fixture(scope="module")
def home(ledger, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    storage.save(ledger, home)
    return str(home)


@pytest.mark.parametrize("reading", ["--close-of", "--as-of"])
def test_aging_prints_both_dates_and_ties_to_the_control_total(ledger, home, reading, capsys):
    day = START + 180
    is_known = reading == "--as-of"
    books = ledger.as_of(day) if is_known else ledger.balance_at(day)
    assert run(["--home", home, "aging", reading, iso(day), "--by", "customer", "--json"]) == 0
    rows = pd.DataFrame(json.loads(capsys.readouterr().out))
    assert set(rows["close_of"]) == {iso(day - is_known)}
    assert set(rows["known_before"]) == {iso(day if is_known else ledger.default_as_of)}
    cents = (rows["net"].astype(float) * rows["currency"].map({"JPY": 1}).fillna(100)).round()
    control = books.control_total().set_index("currency")["net"]
    assert cents.groupby(rows["currency"]).sum().to_dict() == control.to_dict()


def test_people_read_both_dates_in_the_title(home, capsys):
    assert run(["--home", home, "aging", "--close-of", iso(START + 180)]) == 0
    assert f"at the close of {iso(START + 180)}, known before" in capsys.readouterr().out
    assert run(["--home", home, "kpis", "--as-of", iso(START + 180), "--window", "60"]) == 0
    text = capsys.readouterr().out
    assert f"at the close of {iso(START + 179)}" in text
    assert "over 60 days" in text


@pytest.mark.parametrize("suffix", ["csv", "parquet", "xlsx"])
def test_files_are_written_where_asked(ledger, home, tmp_path, suffix, capsys):
    out = tmp_path / f"aged.{suffix}"
    assert run(["--home", home, "aging", "--by", "entity", "--out", str(out)]) == 0
    assert str(out) in capsys.readouterr().err
    if suffix == "parquet":
        aged = aging(ledger.as_of(ledger.default_as_of)).by("entity_id")
        kept = pd.read_parquet(out)
        scale = kept["currency"].map({"JPY": 1}).fillna(100).astype(int)
        assert (kept["open"] * scale).astype("int64").tolist() == aged["open"].tolist()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["aging", "--by", "terms"], "use currency, customer, entity"),
        (["aging", "--as-of", "2020-01-01", "--close-of", "2020-01-01"], "give one"),
        (["kpis", "--window", "0"], "at least one day"),
        (["kpis", "--window", "99999999"], "3650"),
        (["kpis", "--close-of", "1999-01-01"], "No invoice had been issued"),
        (["aging", "--out", "aged.ods"], "names no known format"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_2(home, arguments, sentence, capsys):
    assert run(["--home", home, *arguments]) == 2
    assert sentence in capsys.readouterr().err

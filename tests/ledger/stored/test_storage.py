"""Storage: a ledger comes back as it went, under the name of its content, or not at all."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow.parquet as pq
import pytest

from payrisk.errors import LedgerError
from payrisk.ledger import Ledger, SettleRules, Tolerance
from payrisk.ledger.stored.storage import (
    current_sha,
    kept_shas,
    load,
    manifest,
    named_shas,
    prune,
    save,
)
from support.ledgers.by_hand import invoice, ledger
from support.ledgers.messy import messy_ledger

RULES = SettleRules(Tolerance(5, 0.001), {"JPY": Tolerance(100, 0.01)}, 0.08)


def files(home):
    return {p: p.stat().st_mtime_ns for p in sorted(home.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("seed", range(3))
def test_a_ledger_comes_back_as_it_went(tmp_path, seed):
    one = Ledger(messy_ledger(seed).tables, RULES)
    sha = save(one, tmp_path)
    back = load(tmp_path)
    assert back.rules == RULES
    assert current_sha(tmp_path) == sha
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(back.tables[name], table, obj=name)
    day = one.default_as_of
    pd.testing.assert_frame_equal(back.as_of(day).invoices(), one.as_of(day).invoices())


def test_equal_content_has_one_name_and_is_written_once(tmp_path):
    one = messy_ledger(4)
    sha = save(one, tmp_path)
    before = files(tmp_path)
    shuffled = {name: table.sample(frac=1, random_state=1) for name, table in one.tables.items()}
    assert save(Ledger(shuffled), tmp_path) == sha
    assert files(tmp_path) == before


def test_other_facts_or_rules_have_another_name(tmp_path):
    one = ledger(invoices=[invoice("A")])
    cent = ledger(invoices=[invoice("A", amount=100_01)])
    seen = {save(x, tmp_path) for x in (one, cent, Ledger(one.tables, RULES))}
    assert set(kept_shas(tmp_path)) == seen
    assert len(seen) == 3


def test_text_cannot_slip_from_one_cell_into_the_next(tmp_path):
    one = ledger(invoices=[invoice("A", terms="xy"), invoice("B", terms="z")])
    other = ledger(invoices=[invoice("A", terms="x"), invoice("B", terms="yz")])
    absent = ledger(invoices=[invoice("A", terms=None), invoice("B", terms="xyz")])
    assert len({save(x, tmp_path) for x in (one, other, absent)}) == 3


def test_days_are_dates_and_absent_ones_null_for_other_readers(tmp_path):
    sha = save(ledger(invoices=[invoice("A")]), tmp_path)
    table = pq.read_table(tmp_path / "ledgers" / sha / "customers.parquet")
    assert str(table.schema.field("onboarded_on").type) == "date32[day]"
    assert table["onboarded_on"].to_pylist() == [None]


def test_the_manifest_says_what_is_kept(tmp_path):
    sha = save(ledger(invoices=[invoice("A"), invoice("B", amount=1)]), tmp_path)
    entry = manifest(tmp_path)
    assert entry["sha"] == sha
    assert entry["files"]["invoices"]["rows"] == 2
    assert entry["totals"] == {"EUR": {"invoices": 100_01}}
    assert (entry["first_day"], entry["last_day"]) == ("2025-01-01", "2025-01-01")


@pytest.mark.parametrize("harm", ["flip", "cut", "lose"])
def test_a_damaged_file_is_a_sentence_never_a_wrong_ledger(tmp_path, harm):
    sha = save(messy_ledger(5), tmp_path)
    path = tmp_path / "ledgers" / sha / "invoices.parquet"
    raw = path.read_bytes()
    if harm == "lose":
        path.unlink()
    else:
        spot = len(raw) // 2
        path.write_bytes(raw[:spot] + bytes([raw[spot] ^ 1]) + raw[spot + 1 :])
        if harm == "cut":
            path.write_bytes(raw[:spot])
    with pytest.raises(LedgerError, match=r"invoices.parquet of ledger .* missing or damaged"):
        load(tmp_path)
    assert save(messy_ledger(5), tmp_path) == sha
    assert len(load(tmp_path).tables["invoices"]) == 30


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": 1}', "{"])
def test_a_damaged_manifest_is_a_sentence(tmp_path, text):
    sha = save(ledger(invoices=[invoice("A")]), tmp_path)
    (tmp_path / "ledgers" / sha / "manifest.json").write_text(text)
    with pytest.raises(LedgerError, match=r"manifest.json of ledger .* damaged"):
        load(tmp_path)


def test_no_ledger_and_an_unknown_one_are_sentences(tmp_path):
    with pytest.raises(
        LedgerError, match=r"no ledger under .* yet; make one with 'payrisk import"
    ):
        load(tmp_path)
    with pytest.raises(LedgerError, match="no ledger 000000000000 under"):
        load(tmp_path, "0" * 64)
    with pytest.raises(LedgerError, match="names no ledger"):
        load(tmp_path, "../../etc/passwd")


def test_a_ledger_can_be_asked_for_by_its_sha(tmp_path):
    old = save(ledger(invoices=[invoice("A")]), tmp_path)
    save(ledger(invoices=[invoice("B")]), tmp_path)
    assert load(tmp_path, old).tables["invoices"]["invoice_id"].tolist() == ["A"]


def test_two_imports_at_once_do_not_lose_one_another(tmp_path):
    first = save(ledger(invoices=[invoice("A")]), tmp_path, replaces="")
    save(ledger(invoices=[invoice("B")]), tmp_path, replaces=first)
    with pytest.raises(LedgerError, match="Another import finished"):
        save(ledger(invoices=[invoice("C")]), tmp_path, replaces=first)
    assert load(tmp_path).tables["invoices"]["invoice_id"].tolist() == ["B"]


def test_two_homes_share_nothing(tmp_path):
    save(ledger(invoices=[invoice("A")]), tmp_path / "one")
    with pytest.raises(LedgerError):
        load(tmp_path / "two")


def test_prune_keeps_what_something_still_names(tmp_path):
    at = {n: save(ledger(invoices=[invoice(n)]), tmp_path) for n in "ABCDFE"}
    card = tmp_path / "bundles" / "days-to-pay" / "3" / "manifest.json"
    card.parent.mkdir(parents=True)
    card.write_text(json.dumps({"ledger": at["A"]}))
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots" / "s.json").write_text(f'["{at["B"]}"]')
    run = tmp_path / "mlartifacts" / "days-to-pay" / "0a" / "artifacts"
    run.mkdir(parents=True)
    (run / "manifest.json").write_text(json.dumps({"ledger_sha": at["F"]}))
    (run / "noise.bin").write_bytes(at["D"].encode())
    (tmp_path / "ledgers" / ".abc-half").mkdir()
    assert named_shas(tmp_path) == {at[n] for n in "ABEF"}
    assert prune(tmp_path, {at["C"]}) == [at["D"]]
    assert set(kept_shas(tmp_path)) == {at[n] for n in "ABCEF"}
    assert not list((tmp_path / "ledgers").glob(".*"))


def test_a_home_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "ledgers").write_text("a file where a folder should be")
    with pytest.raises(LedgerError, match="cannot be written"):
        save(ledger(invoices=[invoice("A")]), tmp_path)


def test_a_manifest_that_vouches_for_swapped_files_is_not_believed(tmp_path):
    good = save(ledger(invoices=[invoice("A")]), tmp_path)
    other = save(ledger(invoices=[invoice("A", amount=1)]), tmp_path / "elsewhere")
    folder, from_folder = (
        tmp_path / "ledgers" / good,
        tmp_path / "elsewhere" / "ledgers" / other,
    )
    for path in from_folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes().replace(other.encode(), good.encode()))
    assert manifest(tmp_path)["sha"] == good
    with pytest.raises(LedgerError, match=f"{good[:12]} under .* does not hold the facts"):
        load(tmp_path)


def test_other_rules_in_the_manifest_are_not_believed(tmp_path):
    sha = save(messy_ledger(5), tmp_path)
    path = tmp_path / "ledgers" / sha / "manifest.json"
    entry = json.loads(path.read_text("utf-8"))
    entry["rules"]["tolerance"] = dict.fromkeys(entry["rules"]["tolerance"], 1)
    path.write_text(json.dumps(entry))
    with pytest.raises(LedgerError, match="does not hold the facts that its name stands for"):
        load(tmp_path)

"""The ledger that b09fcd4 kept, of format 1: read as it is, and gone on with by today's code."""

from __future__ import annotations

from payrisk.ledger.importing.merging import latest_tables
from payrisk.ledger.importing.reading import load_preset
from payrisk.ledger.stored import storage
from payrisk.ledger.stored.canonical_bytes import content_sha
from payrisk.simulate.written.csv_files import write_csv
from payrisk_pipelines.importing import import_files

GENERIC = load_preset("generic")


def test_it_has_format_1_and_today_s_code_gives_it_the_same_name(earlier):
    entry = storage.manifest(earlier.home)
    assert entry["format"] == 1
    assert content_sha(storage.load(earlier.home).tables, entry["rules"]) == entry["sha"]


def test_the_same_files_again_add_nothing(copy, tmp_path):
    ledger = storage.load(copy.home)
    write_csv(latest_tables(ledger), tmp_path / "again")
    done = import_files(copy.home, tmp_path / "again", GENERIC, ledger.last_day + 1)
    assert (done.outcome.exit_code, done.is_new) == (0, False)
    assert storage.current_sha(copy.home) == storage.manifest(copy.home)["sha"]


def test_a_number_of_its_own_used_again_makes_a_ledger_of_format_2_beside_it(copy, tmp_path):
    ledger = storage.load(copy.home)
    sha = storage.current_sha(copy.home)
    first = ledger.tables["invoices"].iloc[0]
    file = tmp_path / "next.csv"
    file.write_text(
        "invoice_id,customer_id,entity_id,issued_on,due_on,amount,currency\n"
        f"{first['invoice_id']},another,{first['entity_id']},2031-01-05,2031-02-04,70.00,EUR\n"
    )
    day = max(ledger.last_day + 1, 22_000)
    done = import_files(copy.home, file, GENERIC, day, full=False)
    assert storage.manifest(copy.home)["format"] == 2
    later = storage.load(copy.home).tables["invoices"]
    assert f"{first['invoice_id']}~another~2031" in set(later["invoice_id"])
    assert done.is_new
    assert sha in storage.kept_shas(copy.home)
    assert len(storage.load(copy.home, sha).tables["invoices"]) == len(ledger.tables["invoices"])
